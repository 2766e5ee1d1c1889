package block

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbgit/lbgit/schema"
	"github.com/lbgit/lbgit/schema/diag"
)

func str(name, text string) Attr { return Attr{Name: name, Value: Value{Kind: String, Text: text}} }
func num(name, text string) Attr { return Attr{Name: name, Value: Value{Kind: Number, Text: text}} }

func blk(typ, label string, attrs ...Attr) Block {
	b := Block{Type: typ, Body: Body{Attrs: attrs}}
	if label != "" {
		b.Labels = []Label{{Text: label}}
	}
	return b
}

func TestMergeAndCombine(t *testing.T) {
	base := Body{
		Attrs:  []Attr{str("a", "1"), str("b", "1")},
		Blocks: []Block{blk("x", "one", str("p", "1"), str("q", "1")), blk("y", "", str("p", "1")), blk("z", "twin"), blk("z", "twin")},
	}
	over := Body{
		Attrs:  []Attr{str("b", "2"), str("c", "2")},
		Blocks: []Block{blk("x", "one", str("q", "2")), blk("x", "two"), blk("y", "", str("r", "2")), blk("z", "twin")},
	}
	want := Body{
		Attrs:  []Attr{str("a", "1"), str("b", "2"), str("c", "2")},
		Blocks: []Block{blk("x", "one", str("p", "1"), str("q", "2")), blk("y", "", str("p", "1"), str("r", "2")), blk("z", "twin"), blk("z", "twin"), blk("x", "two")},
	}
	keep := Body{Attrs: append([]Attr{}, base.Attrs...), Blocks: append([]Block{}, base.Blocks...)}
	got, l := Merge(base, over)
	if !got.Equal(&want) {
		t.Error(cmp.Diff(want, got))
	}
	if len(l) != 1 || l[0].Summary != `z "twin" stands 2 times in what this overrides` {
		t.Error(l.Text())
	}
	if !base.Equal(&keep) {
		t.Error("Merge changed its base")
	}
	if _, l = Combine(base, over); len(l) != 2 {
		t.Errorf("Combine finds %d contradictions, want b and x.q: %s", len(l), l.Text())
	}
}

func TestSelect(t *testing.T) {
	nodes := func(n string) Attr { return str(NodesAttr, n) }
	b := blk("pool", "p", str("a", "1"))
	b.Body.Blocks = []Block{blk("real_server", "x", nodes("n1")), blk("real_server", "y", nodes("n2")), blk("real_server", "z")}
	keep := func(_ *Block, a *Attr) (*Attr, bool) { return a, a.Value.Text == "n1" }
	got := Select(&b, keep)
	if len(got.Body.Blocks) != 2 || got.Body.Blocks[1].Labels[0].Text != "z" || len(b.Body.Blocks) != 3 {
		t.Errorf("got %v", got)
	}
	b.Body.Attrs = append(b.Body.Attrs, nodes("n2"))
	if Select(&b, keep) != nil {
		t.Error("a block of another node was kept")
	}
	plain := blk("pool", "p")
	if Select(&plain, keep) != &plain {
		t.Error("a block without limits was copied")
	}
}

// TestBind covers what a value may be written as, beyond what the golden files
// of package translate show.
func TestBind(t *testing.T) {
	var i schema.VRRPInstance
	i.SetDefaults()
	body := Body{
		Attrs: []Attr{
			num("name", "1.10"), num("virtual_router_id", "0x33"), str("priority", "150"), num("version", "3.0"),
			str("advert_interval", "1m30s"), num("preempt_delay", "0"), str("preempt", "false"),
			str("addresses", "192.0.2.1/24"), str("unicast_peers", "192.0.2.2"), num("interface", "017"),
		},
		Blocks: []Block{blk("track_script", "s", num("weight", "-20")), blk("vmac", "", str(NodesAttr, "n1"))},
	}
	if l := Bind(body, &i); len(l) > 0 {
		t.Fatal(l.Text())
	}
	minus := int32(-20)
	want := schema.VRRPInstance{
		Name: "1.10", VRID: 0x33, Priority: 150, Version: 3, AdvertInterval: 90 * time.Second, Accept: true, AnswerLower: true, DownAdverts: 3, Interface: "017",
		Addresses: []schema.VirtualAddress{{Prefix: schema.Prefix{Addr: netip.MustParseAddr("192.0.2.1"), Bits: 24}}},
		Peers:     []schema.Peer{{Addr: netip.MustParseAddr("192.0.2.2"), MaxTTL: 255}}, UnicastTTL: 255, CheckSource: true,
		Tracking: schema.Tracking{Scripts: []schema.Track{{Name: "s", Weight: &minus}}},
		VMAC:     &schema.VMAC{},
	}
	if d := cmp.Diff(want, i, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
		t.Error(d)
	}
}

// TestBounds tries the edges of every integer size.
func TestBounds(t *testing.T) {
	tests := []struct {
		attr, text string
		ok         bool
	}{
		{"virtual_router_id", "255", true}, {"virtual_router_id", "256", false}, {"virtual_router_id", "-1", false},
		{"virtual_router_id", "1e2", true}, {"virtual_router_id", "1e999999999", false}, {"virtual_router_id", "0.5", false},
		{"virtual_router_id", "", false}, {"virtual_router_id", "017", false}, {"virtual_router_id", "99999999999999999999999", false},
	}
	for _, tt := range tests {
		var i schema.VRRPInstance
		if l := Bind(Body{Attrs: []Attr{num(tt.attr, tt.text)}}, &i); l.HasErrors() == tt.ok {
			t.Errorf("%s = %s: %s", tt.attr, tt.text, l.Text())
		}
	}
	for text, ok := range map[string]bool{"2147483647": true, "2147483648": false, "-2147483648": true, "-2147483649": false} {
		var r schema.RealServer
		if l := Bind(Body{Attrs: []Attr{num("weight", text)}}, &r); l.HasErrors() == ok {
			t.Errorf("weight = %s: %s", text, l.Text())
		}
	}
}

// TestSecretsStayHidden binds a secret into every field of the model; no
// message may show it, and only a Secret may take it.
func TestSecretsStayHidden(t *testing.T) {
	const hush = "hunter2"
	for name, into := range map[string]any{"instance": &schema.VRRPInstance{}, "mail": &schema.Mail{}, "check": &schema.Check{}, "vs": &schema.VirtualServer{}, "settings": &schema.Settings{}} {
		for _, f := range planOf(typeOf(into)).order {
			if f.block {
				continue
			}
			for _, v := range []Value{{Kind: String, Text: hush, Secret: true}, {Kind: List, Items: []Value{{Kind: String, Text: hush, Secret: true}}}} {
				l := Bind(Body{Attrs: []Attr{{Name: f.name, Value: v}}}, into)
				if text := l.Text(); contains(text, hush) {
					t.Errorf("%s.%s shows the secret: %s", name, f.name, text)
				}
				if f.typ != secretType && !l.HasErrors() {
					t.Errorf("%s.%s took a secret", name, f.name)
				}
			}
		}
	}
}

func TestDurationText(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0s", 6 * time.Minute: "6m", time.Hour: "1h", 90 * time.Second: "1m30s", 500 * time.Millisecond: "500ms", 10 * time.Second: "10s", time.Hour + time.Second: "1h0m1s", 10 * time.Hour: "10h"} {
		if got := durationText(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
		if back, err := time.ParseDuration(durationText(d)); err != nil || back != d {
			t.Errorf("%s does not come back: %v", d, err)
		}
	}
}

// TestPlaces: objects carry the place of their block.
func TestPlaces(t *testing.T) {
	b := blk("pool", "p")
	b.Src = diag.Range{File: "f", Line: 3, Col: 1}
	obj, l := BindOne(&schema.Config{}, &b)
	if len(l) > 0 || obj.(*schema.Pool).Src != b.Src {
		t.Errorf("%v %s", obj, l.Text())
	}
}
