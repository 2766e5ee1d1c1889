package vrrp_test

import (
	"slices"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// mutant is a mistake in the core, and the law that it breaks.
type mutant struct {
	name string
	law  string
	of   func(stepFunc) stepFunc
}

// onEvent changes or drops what is heard: nil is dropped.
func onEvent(f func(c vrrp.Config, s vrrp.State, ev vrrp.Event) vrrp.Event) func(stepFunc) stepFunc {
	return func(step stepFunc) stepFunc {
		return func(c vrrp.Config, s vrrp.State, now time.Duration, ev vrrp.Event) (vrrp.State, []vrrp.Action) {
			if ev = f(c, s, ev); ev == nil {
				return s, nil
			}
			return step(c, s, now, ev)
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

// onAnswer changes what comes of an event.
func onAnswer(f func(before vrrp.State, ev vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action) func(stepFunc) stepFunc {
	return func(step stepFunc) stepFunc {
		return func(c vrrp.Config, s vrrp.State, now time.Duration, ev vrrp.Event) (vrrp.State, []vrrp.Action) {
			next, acts := step(c, s, now, ev)
			if next == s && len(acts) == 0 {
				return next, acts
			}
			acts = f(s, ev, &next, acts)
			return next, acts
		}
	}
}

// configured changes the configuration.
func configured(f func(*vrrp.Config)) func(stepFunc) stepFunc {
	return func(step stepFunc) stepFunc {
		return func(c vrrp.Config, s vrrp.State, now time.Duration, ev vrrp.Event) (vrrp.State, []vrrp.Action) {
			f(&c)
			return step(c, s, now, ev)
		}
	}
}

var mutants = []mutant{
	{"a backup is deaf to priority 0", lawHandover, onAdvert(vrrp.Backup, func(_ vrrp.Config, _ vrrp.State, a vrrp.Advert) vrrp.Event {
		if a.Priority == 0 {
			return nil
		}
		return a
	})},
	{"a backup takes priority 0 for a weak master", lawHandover, onAdvert(vrrp.Backup, func(_ vrrp.Config, _ vrrp.State, a vrrp.Advert) vrrp.Event {
		a.Priority = max(a.Priority, 1)
		return a
	})},
	{"a backup does not re-arm its wait", lawStay, onAnswer(func(before vrrp.State, ev vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if _, ok := ev.(vrrp.Advert); ok && before.Role == vrrp.Backup && s.Role == vrrp.Backup {
			s.ElectAt = min(s.ElectAt, before.ElectAt)
			s.Deadline = s.ElectAt
		}
		return acts
	})},
	{"a backup respects every master", lawRight, configured(func(c *vrrp.Config) { c.Preempt = c.Priority == vrrp.Owner })},
	{"nopreempt is ignored", lawReturn, configured(func(c *vrrp.Config) { c.Preempt = true })},
	{"a preempt delay never ends", lawRight, onAnswer(func(_ vrrp.State, _ vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		s.PreemptAt = 0
		return acts
	})},
	{"a master never yields", lawOverlap, onAdvert(vrrp.Master, func(_ vrrp.Config, _ vrrp.State, a vrrp.Advert) vrrp.Event {
		a.Priority = min(a.Priority, 1)
		return a
	})},
	{"a master yields to all", lawOne, onAdvert(vrrp.Master, func(_ vrrp.Config, _ vrrp.State, a vrrp.Advert) vrrp.Event {
		if a.Priority > 0 {
			a.Priority = 255
		}
		return a
	})},
	{"of equals nobody yields", lawOne, onAdvert(vrrp.Master, func(c vrrp.Config, s vrrp.State, a vrrp.Advert) vrrp.Event {
		if a.Priority == s.Priority {
			a.Priority--
		}
		return a
	})},
	{"a master lets a weaker one speak", lawOverlap, configured(func(c *vrrp.Config) { c.QuietLower = true })},
	{"a master forgets its timer", lawRole, onAnswer(func(_ vrrp.State, _ vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if s.Role == vrrp.Master {
			s.AdvertAt, s.Deadline = 0, s.AnnounceAt
		}
		return acts
	})},
	{"a backup forgets its timer", lawRole, onAnswer(func(_ vrrp.State, _ vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if s.Role == vrrp.Backup {
			s.ElectAt, s.Deadline = 0, 0
		}
		return acts
	})},
	{"the timer is not moved on", lawDeadline, onAnswer(func(before vrrp.State, ev vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if _, tick := ev.(vrrp.Tick); tick && before.Role == vrrp.Master {
			s.AdvertAt, s.Deadline = before.AdvertAt, before.Deadline
		}
		return acts
	})},
	{"a tick may come early", lawEarly, func(step stepFunc) stepFunc {
		return func(c vrrp.Config, s vrrp.State, now time.Duration, ev vrrp.Event) (vrrp.State, []vrrp.Action) {
			if _, tick := ev.(vrrp.Tick); tick && s.Deadline != 0 {
				now = max(now, s.Deadline)
			}
			return step(c, s, now, ev)
		}
	}},
	{"hosts are told at once", lawAnnounce, onAnswer(func(_ vrrp.State, _ vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if slices.ContainsFunc(acts, func(a vrrp.Action) bool { return a.Kind == vrrp.Report && a.Role == vrrp.Master }) {
			acts = append(acts, vrrp.Action{Kind: vrrp.Announce})
		}
		return acts
	})},
	{"priority 0 twice, as keepalived", lawZero, onAnswer(func(_ vrrp.State, _ vrrp.Event, _ *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if len(acts) > 0 && acts[0] == (vrrp.Action{Kind: vrrp.SendAdvert}) {
			acts = append(acts, acts[0])
		}
		return acts
	})},
	{"speaks in FAULT", lawSpeak, onAnswer(func(before vrrp.State, _ vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if before.Role == vrrp.Backup && s.Role == vrrp.Fault {
			acts = append(acts, vrrp.Action{Kind: vrrp.SendAdvert})
		}
		return acts
	})},
	{"trackers reach the owner's priority", lawRange, onAnswer(func(_ vrrp.State, ev vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if _, ok := ev.(vrrp.PriorityChange); ok {
			s.Priority = vrrp.Owner
		}
		return acts
	})},
	{"a report is lost", lawRole, onAnswer(func(_ vrrp.State, _ vrrp.Event, _ *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		return slices.DeleteFunc(acts, func(a vrrp.Action) bool { return a.Kind == vrrp.Report && a.Role == vrrp.Backup })
	})},
	{"a retry after failed addresses never comes", lawOne, onAnswer(func(_ vrrp.State, _ vrrp.Event, s *vrrp.State, acts []vrrp.Action) []vrrp.Action {
		if s.Role == vrrp.Fault {
			s.ElectAt, s.Deadline = 0, 0
		}
		return acts
	})},
}
