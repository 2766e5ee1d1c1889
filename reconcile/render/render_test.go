package render_test

import (
	"flag"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/render"
	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/schema/diag"
)

var update = flag.Bool("update", false, "write the golden files")

// sample has every kind, verb and cause, and everything aside.
func sample() *render.Document {
	key := state.ServiceKey{Addr: netip.MustParseAddr("192.0.2.10"), Port: 80, Protocol: 6}
	mark := state.ServiceKey{Mark: 7, V6: true}
	svc := func(k state.ServiceKey, scheduler string, mask uint32) state.Service {
		return state.Service{ServiceKey: k, Scheduler: scheduler, Netmask: mask}
	}
	pers := svc(mark, "sh", 64)
	pers.Flags, pers.Timeout, pers.Engine = state.FlagPersistent|state.FlagSched1, 300, "sip"
	dest := func(addr string, f func(*state.Dest)) state.Destination {
		d := state.Destination{Service: key, Dest: state.Dest{Addr: netip.MustParseAddr(addr), Port: 8080, Weight: 1}}
		if f != nil {
			f(&d.Dest)
		}
		return d
	}
	addr := func(prefix string, f func(*state.Address)) state.Address {
		a := state.Address{AddressKey: state.AddressKey{Link: "eth0", Prefix: netip.MustParsePrefix(prefix)}, Label: "eth0", Owner: state.OwnerVRRP}
		if f != nil {
			f(&a)
		}
		return a
	}
	route := state.Route{RouteKey: state.RouteKey{To: netip.MustParsePrefix("10.0.0.0/8"), Table: 100, Metric: 5}, Via: netip.MustParseAddr("192.0.2.1"),
		Link: "eth0", Source: netip.MustParseAddr("192.0.2.10"), Owner: state.OwnerStatic}
	route.Metrics.Value[state.MetricMTU] = 1400
	slower := route
	slower.Metrics.Value[state.MetricMTU], slower.Via = 1300, netip.Addr{}
	sysctl := state.Sysctl{Path: "net/ipv4/conf/eth0/promote_secondaries", Value: "1"}
	op := func(v state.Verb, phase plan.Phase, old, now state.Object, why plan.Why, detail string) plan.Op {
		return plan.Op{Change: state.Change{Verb: v, Old: old, New: now}, Phase: phase, Reason: plan.Reason{Why: why, Detail: detail}}
	}
	var notes diag.List
	notes.Notef(diag.Range{}, "no daemon runs here")
	notes.Warnf(diag.Range{File: "a.hcl", Line: 3, Col: 1}, "odd")
	return &render.Document{
		Node: "lb1", Source: "https://git.example.org/lb.git", Revision: "sha256:0123456789abcdef0123", SourceHash: "sha256:fedcba", Notes: notes,
		Plan: plan.Plan{
			Ops: []plan.Op{
				op(state.Add, 0, nil, sysctl, plan.Configuration, ""),
				op(state.Update, 1, state.Timeouts{TCP: 900, TCPFin: 120, UDP: 300}, state.Timeouts{TCP: 900, TCPFin: 60, UDP: 30}, plan.Configuration, ""),
				op(state.Add, 2, nil, svc(key, "wrr", 0xffffffff), plan.Startup, ""),
				op(state.Add, 2, nil, dest("10.0.0.1", nil), plan.HealthChange, "10.0.0.1:8080 is up"),
				op(state.Add, 2, nil, dest("10.0.0.2", func(d *state.Dest) {
					d.Forward, d.TunnelType, d.TunnelPort, d.TunnelFlags, d.Upper = state.ForwardTunnel, state.TunnelGUE, 6080, state.TunnelRemoteChecksum, 100
				}), plan.Configuration, ""),
				op(state.Update, 2, svc(mark, "rr", 128), pers, plan.Configuration, "by hand"),
				op(state.Update, 3, dest("10.0.0.3", nil), dest("10.0.0.3", func(d *state.Dest) { d.Weight, d.Forward = 0, state.ForwardDirect }), plan.Expiry, ""),
				op(state.Add, 4, nil, addr("192.0.2.10/24", func(a *state.Address) { a.Broadcast, a.Scope = netip.MustParseAddr("192.0.2.255"), 253 }), plan.Role, "front is MASTER"),
				op(state.Replace, 4, addr("192.0.2.11/24", nil), addr("192.0.2.11/24", func(a *state.Address) { a.Label = "eth0:1" }), plan.Configuration, ""),
				op(state.Update, 4, addr("2001:db8::1/128", func(a *state.Address) { a.Label = "" }), addr("2001:db8::1/128", func(a *state.Address) {
					a.Label, a.Deprecated, a.NoDAD, a.NoPrefixRoute, a.Owner = "", true, true, true, state.OwnerStatic
				}), plan.Repair, ""),
				op(state.Add, 5, nil, route, plan.Configuration, ""),
				op(state.Update, 5, route, slower, plan.Configuration, ""),
				op(state.Remove, 6, route, nil, plan.Configuration, ""),
				op(state.Remove, 7, addr("192.0.2.12/32", nil), nil, plan.Role, "front is BACKUP"),
				op(state.Remove, 8, dest("10.0.0.4", nil), nil, plan.HealthChange, ""),
				op(state.Remove, 9, svc(key, "rr", 0xffffffff), nil, plan.Configuration, ""),
			},
			Adopted:   []state.Object{svc(mark, "rr", 128), route},
			Foreign:   []state.Object{addr("192.0.2.99/24", nil)},
			Conflicts: []plan.Conflict{{Desired: svc(key, "wrr", 0xffffff00), Observed: svc(key, "rr", 0xffffffff)}, {Desired: svc(key, "rr", 0), Observed: svc(key, "rr", 0)}},
			Waiting:   []state.Object{addr("192.0.2.98/24", nil)},
		},
	}
}

func TestGolden(t *testing.T) {
	d := sample()
	asJSON := func(d *render.Document) string {
		b, err := render.JSON(d)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for name, got := range map[string]string{
		"all.txt": render.Text(d), "all.md": render.Markdown(d), "all.json": asJSON(d),
		"empty.txt": render.Text(&render.Document{}), "empty.md": render.Markdown(&render.Document{Node: "lb1"}), "empty.json": asJSON(&render.Document{}),
	} {
		file := "testdata/" + name
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-golden +now):\n%s", name, diff)
		}
	}
}

func TestParseReadsBack(t *testing.T) {
	d := sample()
	b, err := render.JSON(d)
	if err != nil {
		t.Fatal(err)
	}
	back, err := render.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, d) {
		t.Errorf("%+v\nbecame\n%+v", d, back)
	}
}

// TestParseRefuses damages a document in one place each.
func TestParseRefuses(t *testing.T) {
	const sound = `{"format_version": 1, "operations": [{"verb": "update", "kind": "sysctl", "name": "a", "phase": 0, "reason": {"why": "repair"}, "old": {"path": "a", "value": "0"}, "new": {"path": "a", "value": "1"}}]}`
	if _, err := render.Parse([]byte(sound)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, from, to, want string }{
		{"empty", sound, "", "this is not a saved plan: unexpected end of JSON input"},
		{"cut off", `"1"}}]}`, "", "this is not a saved plan: unexpected end of JSON input"},
		{"something else", sound, "settings {}", "this is not a saved plan: invalid character 's' looking for beginning of value"},
		{"more behind it", "}}]}", "}}]}{}", "this is not a saved plan: invalid character '{' after top-level value"},
		{"another version", `version": 1`, `version": 2`, "the plan has format version 2, this lbgit reads 1; make the plan again"},
		{"unknown verb", `"update"`, `"destroy"`, "operation 1 of the plan is not understood: destroy because of repair"},
		{"unknown cause", `"repair"`, `"whim"`, "operation 1 of the plan is not understood: update because of whim"},
		{"unknown kind", `"sysctl"`, `"volcano"`, `operation 1 of the plan: unknown kind "volcano"`},
		{"another kind's object", `"sysctl"`, `"timeouts"`, `operation 1 of the plan: json: unknown field "path"`},
		{"unknown phase", `"phase": 0`, `"phase": 99`, "operation 1 of the plan: there is no phase 99"},
		{"update of nothing", `"old": {"path": "a", "value": "0"}, `, "", "operation 1 of the plan: update of a sysctl has not the objects that belong to it"},
		{"add with an old object", `"update"`, `"add"`, "operation 1 of the plan: add of a sysctl has not the objects that belong to it"},
		{"remove with a new object", `"update"`, `"remove"`, "operation 1 of the plan: remove of a sysctl has not the objects that belong to it"},
		{"an object that is null", `"new": {"path": "a", "value": "1"}`, `"new": null`, "operation 1 of the plan: a sysctl that is null"},
		{"one becomes another", `"new": {"path": "a"`, `"new": {"path": "b"`, "operation 1 of the plan: update makes b of a"},
		{"wrong type", `"value": "1"`, `"value": 1`, "operation 1 of the plan: json: cannot unmarshal number into Go struct field Sysctl.value of type string"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(sound, tt.from, tt.to, 1)
			if text == sound {
				t.Fatal("nothing was damaged")
			}
			if _, err := render.Parse([]byte(text)); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// FuzzParse: whatever is read can be shown, and is written as it was read.
func FuzzParse(f *testing.F) {
	b, err := render.JSON(sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"format_version": 1, "operations": [{"verb": "add", "kind": "service", "reason": {"why": "role"}, "new": {}}]}`))
	f.Add([]byte(`{"format_version": 1, "operations": [{"verb": "remove", "kind": "route", "phase": 6, "reason": {"why": "role"}, "old": {"to": "::/0", "scope": 255}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := render.Parse(text)
		if err != nil {
			return
		}
		_, _ = render.Text(d), render.Markdown(d)
		out, err := render.JSON(d)
		if err != nil {
			t.Fatal(err)
		}
		again, err := render.Parse(out)
		if err != nil {
			t.Fatalf("what was written does not read: %v\n%s", err, out)
		}
		if render.Text(d) != render.Text(again) || !reflect.DeepEqual(d.Plan.Ops, again.Plan.Ops) {
			t.Fatalf("%+v\nbecame\n%+v", d, again)
		}
	})
}
