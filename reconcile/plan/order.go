package plan

import (
	"slices"

	"github.com/lbgit/lbgit/reconcile/state"
)

// Phase is the place of an operation in the order of a plan. Adds come before
// removes wherever traffic is at stake.
type Phase uint8

const (
	// Links are made switched off, so that their settings are there before they
	// do anything.
	phaseLink Phase = iota
	// Side effects are turned off before anything could have them.
	phaseSysctl
	phaseLinkOn
	// Timeouts count for connections to come.
	phaseTimeouts
	// Services and new destinations: what will serve is there first.
	phaseService
	// Destinations that change: those that lose weight do so after the ones
	// that take over are there.
	phaseDest
	// An address that is not to answer must not do so for a moment either: what
	// drops its packets is there before it, and goes after it.
	phaseFilter
	// Addresses draw traffic, so their services must be there already.
	phaseAddress
	// Routes may need the addresses as their source.
	phaseRoute
	// Rules send packets to tables: what they are to find is there first.
	phaseRule
	// What goes, goes the other way round: rules, so that none points to a
	// table that is being emptied, routes, addresses, and last the rows that
	// were serving.
	phaseRuleGone
	phaseRouteGone
	phaseAddressGone
	phaseFilterGone
	phaseDestGone
	phaseServiceGone
	// A link goes when it is empty, and settings become what they were when
	// nothing needs them any more.
	phaseLinkGone
	phaseSysctlBack
)

var phaseNames = [...]string{"link", "sysctl", "switch link on", "timeouts", "service", "destination", "filter", "address", "route", "rule",
	"remove rule", "remove route", "remove address", "remove filter", "remove destination", "remove service", "remove link", "restore sysctl"}

// Phases is how many there are.
const Phases = len(phaseNames)

func (p Phase) String() string { return phaseNames[p] }

// MarshalText writes the phase's name.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// order adds what the side effects of the kernel call for, and sorts. Within
// a phase the order of the diff stays: a service before its destinations.
func order(p *Plan, desired, observed, seen *state.State) {
	keepSecondaries(p, seen)
	keepRoutes(p, desired, observed)
	byPhase := func(a, b Op) int { return int(a.Phase) - int(b.Phase) }
	if !slices.IsSortedFunc(p.Ops, byPhase) {
		slices.SortStableFunc(p.Ops, byPhase)
	}
}

// keepSecondaries sets promote_secondaries where an address goes that shares
// its subnet with others: if it is the first of them, the kernel would take
// all along (ip-sysctl: promote_secondaries).
func keepSecondaries(p *Plan, seen *state.State) {
	var links []string
	for i := range p.Ops {
		op := &p.Ops[i]
		a, ok := op.Old.(state.Address)
		if !ok || op.Verb != state.Remove && op.Verb != state.Replace || !a.Prefix.Addr().Is4() || slices.Contains(links, a.Link) {
			continue
		}
		near := func(b state.Address) bool { return sameSubnet(a, b) }
		if slices.ContainsFunc(seen.Addresses, near) || slices.ContainsFunc(p.Ops, func(o Op) bool {
			b, ok := o.New.(state.Address)
			return ok && near(b)
		}) {
			links = append(links, a.Link)
		}
	}
	for _, l := range links {
		want := PromoteSecondaries(l)
		if slices.ContainsFunc(p.Ops, func(o Op) bool { return o.New == want }) {
			continue
		}
		for _, s := range seen.Sysctls {
			if s.Path == want.Path {
				if s != want {
					p.set(phaseSysctl, s, want)
				}
				want.Path = ""
			}
		}
		if want.Path != "" {
			p.set(phaseSysctl, nil, want)
		}
	}
}

// PromoteSecondaries is the setting that keeps the other addresses of a
// subnet when its first one is removed.
func PromoteSecondaries(link string) state.Sysctl {
	return state.SettingOf("ipv4", link, "promote_secondaries", "1")
}

func sameSubnet(a, b state.Address) bool {
	return a.AddressKey != b.AddressKey && a.Link == b.Link && b.Prefix.Addr().Is4() &&
		a.Prefix.Bits() == b.Prefix.Bits() && a.Prefix.Masked() == b.Prefix.Masked()
}

// keepRoutes puts back the routes that go with an address that is their
// source: the kernel drops them while an address is replaced.
func keepRoutes(p *Plan, desired, observed *state.State) {
	for i := range p.Ops {
		op := &p.Ops[i]
		a, ok := op.Old.(state.Address)
		if !ok || op.Verb != state.Replace {
			continue
		}
		for _, r := range desired.Routes {
			there := func(o state.Route) bool { return o.RouteKey == r.RouteKey && r.Given(o) == o }
			if r.Source != a.Prefix.Addr() || !slices.ContainsFunc(observed.Routes, there) {
				continue
			}
			p.set(phaseRoute, nil, r)
		}
	}
}
