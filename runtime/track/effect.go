package track

import (
	"fmt"
	"strings"
)

// Use is one tracked object as an instance uses it.
type Use struct {
	Object
	Weight  int32
	Reverse bool
	Verdict Verdict
}

// Contribution is what one tracked object does to an instance.
type Contribution struct {
	Use
	// Sum is added to the priority.
	Sum int
	// Fault holds the instance in FAULT; Pending does, without a notice, until
	// there is a result (keepalived vrrp fact 7.10).
	Fault, Pending bool
}

// Bounds of what a file may add (keepalived vrrp fact 8.4).
const (
	fileFault = -254
	fileMost  = 253
)

// Contribution is the arithmetic of keepalived's vrrp facts 7.9 to 8.5. A
// positive weight counts while the object is good, a negative one while it is
// bad; reverse turns the sign around, and for weight 0 the meaning of good and
// bad. Without a result a weight counts nothing.
func (u Use) Contribution() Contribution {
	c := Contribution{Use: u}
	switch {
	case u.Verdict.State == Pending:
		c.Pending = u.Weight == 0
	case u.Kind == File:
		c.Sum, c.Fault = u.product()
	case u.Weight == 0:
		c.Fault = (u.Verdict.State == Bad) != u.Reverse
	case (u.Weight > 0) == (u.Verdict.State == Good):
		if c.Sum = int(u.Weight); u.Reverse {
			c.Sum = -c.Sum
		}
	}
	return c
}

// product is the number of a file times its weight (fact 8.4).
func (u Use) product() (sum int, fault bool) {
	if u.Weight == 0 {
		return 0, (u.Verdict.Number != 0) != u.Reverse
	}
	n := int64(u.Verdict.Number) * int64(u.Weight)
	if u.Reverse {
		n = -n
	}
	if n <= fileFault {
		return 0, true
	}
	return int(min(n, fileMost)), false
}

// Explain gives what each of the tracked objects does, in their order.
func Explain(uses []Use) []Contribution {
	out := make([]Contribution, 0, len(uses))
	for _, u := range uses {
		out = append(out, u.Contribution())
	}
	return out
}

// Effect is what all tracked objects together do to an instance: the sum to
// add to its priority, which is not clamped (fact 8.1), or a fault, or that a
// result is still awaited.
func Effect(uses []Use) (sum int, fault, pending bool) {
	for _, u := range uses {
		c := u.Contribution()
		sum += c.Sum
		fault = fault || c.Fault
		pending = pending || c.Pending
	}
	return sum, fault, pending
}

// String is one line about a contribution, such as "script nginx -20 (bad:
// timed out)".
func (c Contribution) String() string {
	var b strings.Builder
	b.WriteString(c.Object.String())
	switch {
	case c.Fault:
		b.WriteString(" fault")
	case c.Pending:
		b.WriteString(" awaited")
	case c.Sum != 0:
		fmt.Fprintf(&b, " %+d", c.Sum)
	}
	return b.String() + " (" + c.Verdict.text(c.Kind) + ")"
}

// Sum is the arithmetic of a priority in words: "130 = 150, script nginx -20".
func Sum(base int, list []Contribution) string {
	var b strings.Builder
	total := base
	for _, c := range list {
		if c.Sum != 0 {
			total += c.Sum
			fmt.Fprintf(&b, ", %s %+d", c.Object, c.Sum)
		}
	}
	return fmt.Sprintf("%d = %d%s", total, base, b.String())
}
