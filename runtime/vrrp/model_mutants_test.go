package vrrp_test

import (
	"slices"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// mutant is a mistake in the core, the search that finds it, and the law that
// it breaks there.
type mutant struct {
	name string
	in   string
	law  string
	of   func(stepFunc) stepFunc
}

// onEvent changes or drops what is heard: nil is dropped.
func onEvent(f func(c vrrp.Config, s vrrp.State, ev vrrp.Event) vrrp.Event) func(stepFunc) stepFunc {
	return func(step stepFunc) stepFunc {
		return func(group []vrrp.Member, now time.Duration, at int, ev vrrp.Event) []vrrp.Action {
			if ev = f(*group[at].Config, *group[at].State, ev); ev == nil {
				return nil
			}
			return step(group, now, at, ev)
		}
	}
}

// onAdvert is onEvent for adverts that reach a role.
func onAdvert(r vrrp.Role, f func(c vrrp.Config, s vrrp.State, a vrrp.Advert) vrrp.Event) func(stepFunc) stepFunc {
	return onEvent(func(c vrrp.Config, s vrrp.State, ev vrrp.Event) vrrp.Event {
		if a, ok := ev.(vrrp.Advert); ok && s.Role == r {
			return f(c, s, a)
		}
		return ev
	})
}

// onAnswer changes what comes of an event that is not for nothing.
func onAnswer(f func(before vrrp.State, ev vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action) func(stepFunc) stepFunc {
	return func(step stepFunc) stepFunc {
		return func(group []vrrp.Member, now time.Duration, at int, ev vrrp.Event) []vrrp.Action {
			before := *group[at].State
			acts := step(group, now, at, ev)
			if *group[at].State == before && len(acts) == 0 {
				return acts
			}
			return f(before, ev, group[at].State, acts)
		}
	}
}

// configured changes the configuration.
func configured(f func(*vrrp.Config)) func(stepFunc) stepFunc {
	return func(step stepFunc) stepFunc {
		return func(group []vrrp.Member, now time.Duration, at int, ev vrrp.Event) []vrrp.Action {
			group = slices.Clone(group)
			for i := range group {
				c := *group[i].Config
				f(&c)
				group[i].Config = &c
			}
			return step(group, now, at, ev)
		}
	}
}

var mutants = []mutant{
	{"a backup is deaf to priority 0", "v2 pair", lawHandover, onAdvert(vrrp.Backup, func(_ vrrp.Config, _ vrrp.State, a vrrp.Advert) vrrp.Event {
		if a.Priority == 0 {
			return nil
		}
		return a
	})},
	{"a backup takes priority 0 for a weak master", "v2 pair", lawHandover, onAdvert(vrrp.Backup, func(_ vrrp.Config, _ vrrp.State, a vrrp.Advert) vrrp.Event {
		a.Priority = max(a.Priority, 1)
		return a
	})},
	{"a backup does not re-arm its wait", "v2 pair", lawStay, onAnswer(func(before vrrp.State, ev vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if _, ok := ev.(vrrp.Advert); ok && before.Role == vrrp.Backup && s.Role == vrrp.Backup {
			s.ElectAt = min(s.ElectAt, before.ElectAt)
			s.Deadline = s.ElectAt
		}
		return acts
	})},
	{"a backup respects every master", "v2 pair", lawRight, configured(func(c *vrrp.Config) { c.Preempt = c.Priority == vrrp.Owner })},
	{"nopreempt is ignored", "nopreempt", lawReturn, configured(func(c *vrrp.Config) { c.Preempt = true })},
	{"a preempt delay never ends", "preempt delay", lawRight, onAnswer(func(_ vrrp.State, _ vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		s.PreemptAt = 0
		return acts
	})},
	{"a master never yields", "v2 pair", lawOverlap, onAdvert(vrrp.Master, func(_ vrrp.Config, _ vrrp.State, a vrrp.Advert) vrrp.Event {
		a.Priority = min(a.Priority, 1)
		return a
	})},
	{"a master yields to all", "equal", lawOne, onAdvert(vrrp.Master, func(_ vrrp.Config, _ vrrp.State, a vrrp.Advert) vrrp.Event {
		if a.Priority > 0 {
			a.Priority = 255
		}
		return a
	})},
	{"of equals nobody yields", "equal", lawOne, onAdvert(vrrp.Master, func(c vrrp.Config, s vrrp.State, a vrrp.Advert) vrrp.Event {
		if a.Priority == s.Priority {
			a.Priority--
		}
		return a
	})},
	{"a master lets a weaker one speak", "v2 pair", lawOverlap, configured(func(c *vrrp.Config) { c.QuietLower = true })},
	{"a master forgets its timer", "v2 pair", lawRole, onAnswer(func(_ vrrp.State, _ vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if s.Role == vrrp.Master {
			s.AdvertAt, s.Deadline = 0, s.AnnounceAt
		}
		return acts
	})},
	{"a backup forgets its timer", "v2 pair", lawRole, onAnswer(func(_ vrrp.State, _ vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if s.Role == vrrp.Backup {
			s.ElectAt, s.Deadline = 0, 0
		}
		return acts
	})},
	{"the timer is not moved on", "v2 pair", lawDeadline, onAnswer(func(before vrrp.State, ev vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if _, tick := ev.(vrrp.Tick); tick && before.Role == vrrp.Master {
			s.AdvertAt, s.Deadline = before.AdvertAt, before.Deadline
		}
		return acts
	})},
	{"a tick may come early", "v2 pair", lawEarly, func(step stepFunc) stepFunc {
		return func(group []vrrp.Member, now time.Duration, at int, ev vrrp.Event) []vrrp.Action {
			if _, tick := ev.(vrrp.Tick); tick {
				now = max(now, group[at].State.Deadline)
			}
			return step(group, now, at, ev)
		}
	}},
	{"hosts are told at once", "v2 pair", lawAnnounce, onAnswer(func(_ vrrp.State, _ vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if slices.ContainsFunc(acts, func(a vrrp.Action) bool { return a.Kind == vrrp.Report && a.Role == vrrp.Master }) {
			acts = append(acts, vrrp.Action{Kind: vrrp.Announce})
		}
		return acts
	})},
	{"priority 0 twice, as keepalived", "v2 pair", lawZero, onAnswer(func(_ vrrp.State, _ vrrp.Event, _ *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if len(acts) > 0 && acts[0] == (vrrp.Action{Kind: vrrp.SendAdvert}) {
			acts = append(acts, acts[0])
		}
		return acts
	})},
	{"speaks in FAULT", "v2 pair", lawSpeak, onAnswer(func(before vrrp.State, _ vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if before.Role == vrrp.Backup && s.Role == vrrp.Fault {
			acts = append(acts, vrrp.Action{Kind: vrrp.SendAdvert})
		}
		return acts
	})},
	{"trackers reach the owner's priority", "v2 pair", lawRange, onAnswer(func(_ vrrp.State, ev vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if _, ok := ev.(vrrp.PriorityChange); ok {
			s.Priority = vrrp.Owner
		}
		return acts
	})},
	{"a report is lost", "v2 pair", lawRole, onAnswer(func(_ vrrp.State, _ vrrp.Event, _ *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		return slices.DeleteFunc(acts, func(a vrrp.Action) bool { return a.Kind == vrrp.Report && a.Role == vrrp.Backup })
	})},
	{"a retry after failed addresses never comes", "addresses fail", lawRole, onAnswer(func(_ vrrp.State, _ vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if s.Role == vrrp.Fault {
			s.ElectAt, s.Deadline = 0, 0
		}
		return acts
	})},
	{"a leaving master stays", "v2 pair", lawLeave, onAnswer(func(before vrrp.State, _ vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if s.LeaveAt != 0 {
			s.LeaveAt += time.Second
			s.Deadline = s.LeaveAt
		}
		return acts
	})},
	{"a backup stands back unasked", "intervals", lawReturn, onAnswer(func(_ vrrp.State, _ vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		s.StandsBack = s.StandsBack || s.Role == vrrp.Backup
		return acts
	})},
	{"a startup delay is for ever", "startup delay", lawOne, onEvent(func(_ vrrp.Config, _ vrrp.State, ev vrrp.Event) vrrp.Event {
		if s, ok := ev.(vrrp.Start); ok && s.Delay > 0 {
			s.Delay = 24 * time.Hour
			return s
		}
		return ev
	})},
	{"a group is no group", "sync group", lawGroup, func(step stepFunc) stepFunc {
		return func(group []vrrp.Member, now time.Duration, at int, ev vrrp.Event) []vrrp.Action {
			acts := step(group[at:at+1], now, 0, ev)
			for i := range acts {
				acts[i].Member = at
			}
			return acts
		}
	}},
}
