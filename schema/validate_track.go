package schema

import (
	"path"
	"time"

	"github.com/lbgit/lbgit/schema/diag"
)

// maxDelay bounds the delays of tracked processes (keepalived's is the same).
const maxDelay = time.Hour

// tracking checks what an instance or a sync group tracks: that it exists, and
// that the weight is within its limits (keepalived vrrp fact 2.18).
func (v *validator) tracking(who string, t *Tracking, at diag.Range) {
	c := v.cfg
	list := func(kind string, uses []Track, limit int32, exists func(name string) bool) {
		for _, u := range uses {
			if exists != nil && !exists(u.Name) {
				v.Errorf(at, "%s tracks the %s %q, which does not exist", who, kind, u.Name)
			}
			if w := u.Weight; w != nil && (*w > limit || *w < -limit) {
				v.Errorf(at, "%s tracks %q with weight %d; it is -%d to %d", who, u.Name, *w, limit, limit)
			}
		}
	}
	list("script", t.Scripts, 253, func(n string) bool { return contains(c.Scripts, n, func(s *TrackScript) string { return s.Name }) })
	list("interface", t.Interfaces, 253, nil)
	list("file", t.Files, 254, func(n string) bool { return contains(c.Files, n, func(s *TrackFile) string { return s.Name }) })
	list("process", t.Processes, 254, func(n string) bool { return contains(c.Processes, n, func(s *TrackProcess) string { return s.Name }) })
	list("BFD session", t.BFD, 253, func(n string) bool { return contains(c.BFD, n, func(s *BFDSession) string { return s.Name }) })
	list("virtual server", t.VirtualServers, 253, func(n string) bool { return contains(c.VirtualServers, n, (*VirtualServer).Title) })
}

func (v *validator) trackers() {
	c := v.cfg
	once(v, "track script", c.Scripts, func(p *TrackScript) (string, diag.Range) { return p.Name, p.Src })
	once(v, "track file", c.Files, func(p *TrackFile) (string, diag.Range) { return p.Name, p.Src })
	once(v, "track process", c.Processes, func(p *TrackProcess) (string, diag.Range) { return p.Name, p.Src })
	for _, s := range c.Scripts {
		v.script(s)
	}
	for _, f := range c.Files {
		v.file(f)
	}
	for _, p := range c.Processes {
		v.process(p)
	}
}

func (v *validator) script(s *TrackScript) {
	switch {
	case s.Command == "":
		v.Errorf(s.Src, "track script %q has no command", s.Name)
	case s.Interval <= 0:
		v.Errorf(s.Src, "track script %q has interval %s; it must be positive", s.Name, s.Interval)
	case s.Timeout < 0:
		v.Errorf(s.Src, "track script %q has timeout %s; it cannot be negative", s.Name, s.Timeout)
	case s.Weight > 253 || s.Weight < -253:
		v.Errorf(s.Src, "track script %q has weight %d; it is -253 to 253", s.Name, s.Weight)
	}
}

func (v *validator) file(f *TrackFile) {
	switch {
	case f.File == "":
		v.Errorf(f.Src, "track file %q names no file", f.Name)
	case !path.IsAbs(f.File):
		v.Errorf(f.Src, "track file %q is %q, which is not an absolute path", f.Name, f.File).
			Because("write the whole path: it must not depend on where the daemon was started")
	case f.Weight > 254 || f.Weight < -254:
		v.Errorf(f.Src, "track file %q has weight %d; it is -254 to 254", f.Name, f.Weight)
	case f.Overwrite && f.InitValue == nil:
		v.Errorf(f.Src, "track file %q has init_overwrite and nothing to write", f.Name).Because("add init_value = 0 or the like")
	}
}

func (v *validator) process(p *TrackProcess) {
	switch {
	case p.Match == "":
		v.Errorf(p.Src, "track process %q names no process", p.Name)
	case p.Weight > 254 || p.Weight < -254:
		v.Errorf(p.Src, "track process %q has weight %d; it is -254 to 254", p.Name, p.Weight)
	case p.Quorum < 1 || p.Quorum > 65535:
		v.Errorf(p.Src, "track process %q has quorum %d; it is 1 to 65535", p.Name, p.Quorum)
	case p.QuorumMax != nil && (*p.QuorumMax < p.Quorum || *p.QuorumMax > 65535):
		v.Errorf(p.Src, "track process %q has quorum_max %d; it is %d (its quorum) to 65535", p.Name, *p.QuorumMax, p.Quorum)
	}
	for _, d := range []time.Duration{p.ForkDelay, p.TerminateDelay} {
		if d < 0 || d > maxDelay {
			v.Errorf(p.Src, "track process %q has a delay of %s; it is 0 to %s", p.Name, d, maxDelay)
		}
	}
}
