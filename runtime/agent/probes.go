package agent

import (
	"net/netip"
	"strings"

	"github.com/lbgit/lbgit/reconcile/compile"
	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/check"
	"github.com/lbgit/lbgit/runtime/check/probe"
	"github.com/lbgit/lbgit/runtime/script"
	"github.com/lbgit/lbgit/schema"
)

// probeIndex holds every probe with the virtual servers that it decides on.
// Equal checks of one server in several virtual servers are one probe.
type probeIndex map[string]*probeUse

type probeUse struct {
	target   probe.Target
	virtuals []*compile.Virtual
}

// indexProbes takes the probes of virtual servers that are gone out, and those
// of new ones in. A server that was down stays down
// when its check is edited; at the start the kernel says who was down.
func (a *Agent) indexProbes(gone, came []*compile.Virtual, observed *state.State) {
	if a.index == nil {
		a.index = probeIndex{}
	}
	if len(gone)+len(came) == 0 {
		return
	}
	known := map[serverOf]check.Health{}
	var left []string
	for _, v := range gone {
		for i := range v.Servers {
			sv := &v.Servers[i]
			known[serverOf{v.VS.Title(), sv.RS.Endpoint}] = a.healthOf(sv)
			for _, p := range sv.Probes {
				if a.index.drop(p.ID, v) {
					left = append(left, p.ID)
				}
			}
		}
	}
	for _, v := range came {
		shown := shownBefore(v, a.own.Services, observed)
		i := 0
		for p := range v.Probes {
			for v.Servers[i].RS.Endpoint.Addr != p.Server || !contains(v.Servers[i].Probes, p.ID) {
				i++
			}
			use := a.index[p.ID]
			if use == nil {
				use = &probeUse{target: target(&p, &a.prepared.Config.Settings)}
				a.index[p.ID] = use
			}
			health := known[serverOf{v.VS.Title(), v.Servers[i].RS.Endpoint}]
			if health == check.Unknown && shown != nil {
				health = shown[i]
			}
			if _, have := a.live.Health[p.ID]; !have && health != check.Unknown {
				use.target.Initial = health
				a.live.Health[p.ID] = verdict(health)
			}
			use.virtuals = append(use.virtuals, v)
		}
	}
	for _, id := range left {
		if a.index[id] == nil {
			delete(a.live.Health, id)
		}
	}
	a.probesChanged = true
}

// setProbes tells the scheduler its targets. It comes after the rows have been
// written: a check that is to start may wait for them, not the other way round.
func (a *Agent) setProbes() {
	if !a.probesChanged {
		return
	}
	a.probesChanged = false
	targets := make([]probe.Target, 0, len(a.index))
	for _, u := range a.index {
		targets = append(targets, u.target)
	}
	a.probes.Set(targets)
}

// serverOf names a real server across revisions.
type serverOf struct {
	virtual  string
	endpoint schema.Endpoint
}

// drop takes a virtual server off a probe; true when nobody uses it any more.
func (x probeIndex) drop(id string, v *compile.Virtual) bool {
	u := x[id]
	if u == nil {
		return false
	}
	for i, w := range u.virtuals {
		if w == v {
			u.virtuals = append(u.virtuals[:i], u.virtuals[i+1:]...)
			break
		}
	}
	if len(u.virtuals) > 0 {
		return false
	}
	delete(x, id)
	return true
}

// healthOf is what is known of a server: down when it does not serve, up when
// its checks have said so.
func (a *Agent) healthOf(sv *compile.Server) check.Health {
	switch {
	case len(sv.Probes) == 0:
		return check.Unknown
	case !sv.Alive(&a.live):
		return check.Down
	}
	for _, p := range sv.Probes {
		if a.live.Health[p.ID] == compile.Up {
			return check.Up
		}
	}
	return check.Unknown
}

func verdict(h check.Health) compile.Health {
	if h == check.Up {
		return compile.Up
	}
	return compile.Down
}

// shownBefore tells by what the kernel shows of a service that is lbgit's
// which servers were up: there with a weight above 0. It is nil when the
// kernel shows none of the virtual server's services.
func shownBefore(v *compile.Virtual, own map[state.ServiceKey]bool, observed *state.State) map[int]check.Health {
	var out map[int]check.Health
	for i := range v.Services {
		key := v.Services[i].ServiceKey
		rows := observed.FindService(key)
		if rows == nil || !own[key] {
			continue
		}
		if out == nil {
			out = make(map[int]check.Health, len(v.Servers))
		}
		for j := range v.Servers {
			switch {
			case v.Servers[j].RS.Weight == 0:
			case !v.Shown(j, rows):
				out[j] = check.Down
			case out[j] == check.Unknown:
				out[j] = check.Up
			}
		}
	}
	return out
}

func contains(list []compile.ProbeRef, id string) bool {
	for i := range list {
		if list[i].ID == id {
			return true
		}
	}
	return false
}

// target makes of a check what the scheduler wants.
func target(p *compile.Probe, defaults *schema.Settings) probe.Target {
	c := p.Check
	t := probe.Target{
		ID: p.ID, Addr: p.Target, BindIf: c.BindInterface, Mark: c.Mark, Jitter: float64(c.Jitter) / 100,
		Check: check.Config{
			Interval: c.Interval, Timeout: c.Timeout, RetryDelay: c.RetryDelay, Retry: int(c.Retry),
			Rise: int(c.Rise), Warmup: c.Warmup, StartDown: p.Alpha,
		},
	}
	if c.Bind.IsValid() {
		t.Bind = netip.AddrPortFrom(c.Bind, c.BindPort)
	}
	switch c.Type {
	case schema.CheckHTTP, schema.CheckHTTPS:
		t.Kind = probe.HTTP
		if c.Type == schema.CheckHTTPS {
			t.Kind = probe.HTTPS
		}
		t.HTTP = &probe.HTTPSpec{Protocol: probe.Protocol(c.HTTPVersion), Host: c.Host, SNI: c.SNI, VerifyTLS: c.Verify, UntilEOF: c.UntilEOF}
		for _, u := range c.Requests() {
			pu := probe.URL{Path: u.Path, Digest: u.Digest, VirtualHost: u.Host}
			for _, s := range u.Status {
				pu.Status = append(pu.Status, probe.StatusRange{Min: s.First, Max: s.Last})
			}
			t.HTTP.URLs = append(t.HTTP.URLs, pu)
		}
	case schema.CheckScript:
		t.Kind = probe.Script
		spec, err := script.Parse(c.Command)
		if err != nil {
			// It cannot be run, so it fails, with the reason.
			spec = script.Spec{Shell: "echo 'bad command'; exit 127"}
		}
		user, group, _ := strings.Cut(c.User, ":")
		spec.User, spec.Group = script.Account(user, group, defaults.ScriptUser, defaults.ScriptGroup)
		spec.Groups = defaults.ScriptGroups
		t.Script = &probe.ScriptSpec{Spec: spec}
		t.Check.FromStart = true
	}
	return t
}
