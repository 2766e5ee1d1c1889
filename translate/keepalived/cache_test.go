package keepalived

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReload edits one weight: every other virtual server is the same object.
func TestReload(t *testing.T) {
	text := large(50, 4) + "vrrp_instance a { interface eth0 }\n"
	at := strings.Index(text[len(text)/2:], "weight 10") + len(text)/2
	edited := text[:at] + "weight 20" + text[at+9:]
	var c Cache
	before := Load(tree{entryFile: text}, entryFile, Options{}, &c).Config
	after := Load(tree{entryFile: edited}, entryFile, Options{}, &c).Config
	changed := 0
	for i, v := range after.VirtualServers {
		if v != before.VirtualServers[i] {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("%d virtual servers are new objects, want 1", changed)
	}
	if after.Instances[0] != before.Instances[0] {
		t.Error("the VRRP instance is a new object")
	}
}

// TestReloadEqualsLoad: whatever is edited, a load with a cache gives what a
// fresh one gives, configuration and findings.
func TestReloadEqualsLoad(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	lines := strings.SplitAfter(strings.Join([]string{
		"$W=10\n$IF=eth0\nglobal_defs {\n vrrp_garp_master_delay 3\n}\n",
		large(3, 2),
		"virtual_server 10.9.0.1 80 {\n protocol TCP\n lb_kind DR\n real_server 10.9.1.1 80 {\n  weight $W\n  nonsense\n  TCP_CHECK\n }\n}\n",
		"virtual_server 10.9.0.1 80\n{\n lb_kind DR\n real_server 10.9.1.2 81 { }\n}\n",
		"virtual_server_group g {\n 10.8.0.1 80\n fwmark 3\n}\nvirtual_server group g {\n protocol TCP\n real_server 10.8.1.1 80 { }\n}\n",
		"vrrp_script s {\n script /x\n}\nvrrp_instance i {\n interface $IF\n virtual_router_id 1\n track_script {\n  s\n }\n}\n",
		"include more.conf\n@lb1 virtual_server fwmark 9 {\n@lb1 real_server 10.1.1.1 { }\n@lb1 }\n",
	}, ""), "\n")
	more := "virtual_server 10.7.0.1 80 {\n protocol TCP\n real_server 10.7.0.2 80 { }\n}\n"
	extra := []string{"\n", "# note\n", "}\n", "{\n", "$W=11\n", "virtual_server 10.0.0.5 80 {\n", "  weight 3\n", "quorum 9\n", "\x00\n", "~SEQ(N,1,2) vrrp_script x${N} { script /y }\n", "junk"}
	var c Cache
	o := Options{Node: "lb1"}
	for round := range 600 {
		now := append([]string(nil), lines...)
		for range rng.IntN(3) {
			i := rng.IntN(len(now))
			switch rng.IntN(3) {
			case 0:
				now = append(now[:i], now[i+1:]...)
			case 1:
				now = append(now[:i], append([]string{extra[rng.IntN(len(extra))]}, now[i:]...)...)
			default:
				now[i] = extra[rng.IntN(len(extra))]
			}
		}
		src := tree{entryFile: strings.Join(now, ""), "more.conf": more}
		got, want := Load(src, entryFile, o, &c), Load(src, entryFile, o, nil)
		if d := cmp.Diff(dump(want.Config), dump(got.Config)); d != "" {
			t.Fatalf("round %d, configuration (-fresh +cached):\n%s\n%s", round, d, src[entryFile])
		}
		if d := cmp.Diff(want.Diags, got.Diags); d != "" {
			t.Fatalf("round %d, findings (-fresh +cached):\n%s\n%s", round, d, src[entryFile])
		}
		if rng.IntN(3) == 0 {
			lines = now
			if len(lines) < 40 {
				lines = append(lines, strings.SplitAfter(large(2, 2), "\n")...)
			}
		}
	}
}

// TestNothingPointsIntoTheText overwrites the bytes of the file after the
// load: what was loaded must not change.
func TestNothingPointsIntoTheText(t *testing.T) {
	for _, name := range []string{"lvs.conf", "vrrp.conf", "macros.conf", "broken.conf"} {
		data := readTestdata(t, name)
		var c Cache
		r := Load(one(data), name, Options{Node: "lb1"}, &c)
		before, diags := dump(r.Config), r.Diags.Text()
		for i := range data {
			data[i] = 'Z'
		}
		if d := cmp.Diff(before, dump(r.Config)); d != "" {
			t.Errorf("%s: the configuration holds the text of the file:\n%s", name, d)
		}
		if d := cmp.Diff(diags, r.Diags.Text()); d != "" {
			t.Errorf("%s: the findings hold the text of the file:\n%s", name, d)
		}
		if got := fmt.Sprint(r.Config.Instances); strings.Contains(got, "ZZZ") {
			t.Errorf("%s: hidden text", name)
		}
	}
}

func FuzzLoad(f *testing.F) {
	defer func(n int) { maxLines = n }(maxLines)
	maxLines = 3000
	for _, name := range []string{"lvs.conf", "vrrp.conf", "macros.conf", "broken.conf"} {
		f.Add(string(readTestdata(f, name)))
	}
	f.Add("$A=$A$A\n$A\n~SEQ(X,1,99999999) ~SEQ(Y,1,9999) a\n")
	f.Add("$B=${B}${B}\n$A=\\\n$A\\\n$A\n$A\n${B}\n")
	f.Add("include keepalived.conf\ninclude *\n{{{{{{}}}}}\"")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 20000 {
			return
		}
		var c Cache
		src := tree{entryFile: text}
		a := Load(src, entryFile, Options{Node: "lb1"}, &c)
		b := Load(src, entryFile, Options{Node: "lb1"}, &c)
		if d := cmp.Diff(dump(a.Config), dump(b.Config)); d != "" {
			t.Error(d)
		}
		Parse(entryFile, []byte(text))
		if !a.Diags.HasErrors() {
			a.Config.Validate()
		}
	})
}
