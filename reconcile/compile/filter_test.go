package compile

import (
	"fmt"
	"testing"

	"github.com/lbgit/lbgit/reconcile/state"
)

// TestFilters: who drops what is sent to its addresses (RFC 9568 section 6.1,
// keepalived vrrp fact 2.10).
func TestFilters(t *testing.T) {
	no := "\n accept = false"
	tests := []struct {
		name, hcl string
		master    bool
		want      string
	}{
		{"a master accepts", instanceOf("a", 1, four), true, "[]"},
		{"or does not", instanceOf("a", 1, four+no), true, "[{192.0.2.1}]"},
		{"a backup holds nothing", instanceOf("a", 1, four+no), false, "[]"},
		{"the owner accepts in any case", instanceOf("a", 1, four+no+"\n priority = 255"), true, "[]"},
		{"one for several prefixes", instanceOf("a", 1, `addresses = ["192.0.2.1/24", {address = "192.0.2.1/32", dev = "eth1"}]`+no), true, "[{192.0.2.1}]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Prepare(load(t, tt.hcl), nil)
			in := p.Instances[0]
			live := Live{Daemon: true, Master: map[string]bool{"a": tt.master}}
			for _, scope := range []state.Scope{state.Everything, in.Scope(), p.LinkScope("")} {
				if got := fmt.Sprint(p.State(live, scope).Filters); got != tt.want {
					t.Errorf("in scope %v: %s, want %s", scope, got, tt.want)
				}
			}
			for _, f := range in.Filters {
				if !in.Optional(f) {
					t.Errorf("the role hangs on filter %s", f.Name())
				}
			}
		})
	}
	accepts, drops := Prepare(load(t, instanceOf("a", 1, four)), nil), Prepare(load(t, instanceOf("a", 1, four+no)), nil)
	if s := Changed(accepts, drops); len(s.Filters) != 1 {
		t.Errorf("a change of accept has the scope %+v", s)
	}
}
