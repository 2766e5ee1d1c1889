package schema

import (
	"fmt"
	"math"
	"strconv"
)

// Lifetime is a time that the kernel counts down, in seconds. The zero value is
// "not said".
type Lifetime struct {
	Seconds uint32
	Said    bool
}

// Forever is a lifetime without an end (the kernel's INFINITY_LIFE_TIME).
var Forever = Lifetime{math.MaxUint32, true}

func (t Lifetime) String() string {
	switch {
	case !t.Said:
		return ""
	case t == Forever:
		return "forever"
	}
	return strconv.FormatUint(uint64(t.Seconds), 10)
}

func (t Lifetime) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads a number of seconds, or "forever".
func (t *Lifetime) UnmarshalText(b []byte) error {
	if string(b) == "forever" {
		*t = Forever
		return nil
	}
	n, err := strconv.ParseUint(string(b), 10, 32)
	if err != nil {
		return fmt.Errorf("%q is not a lifetime; use a number of seconds, 0 or forever", b)
	}
	*t = Lifetime{uint32(n), true}
	return nil
}
