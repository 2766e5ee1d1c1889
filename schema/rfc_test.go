package schema

import (
	"testing"
	"time"
)

// TestRFC9568_6_1_Defaults is RFC 3768 section 6.1 as well; the tables in
// runtime/vrrp/testdata name it.
func TestRFC9568_6_1_Defaults(t *testing.T) {
	var i VRRPInstance
	i.SetDefaults()
	if i.Priority != 100 || i.AdvertInterval != time.Second || i.DownAdverts != 3 || !i.Preempt || i.PreemptDelay != 0 {
		t.Errorf("%+v", i)
	}
}
