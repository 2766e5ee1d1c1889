package keepalived

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbgit/lbgit/schema"
)

// TestTrackBFD: an instance takes a session's weight and direction where it
// says none, and one that does not exist is left out.
func TestTrackBFD(t *testing.T) {
	sessions, err := os.ReadFile("testdata/bfd.conf")
	if err != nil {
		t.Fatal(err)
	}
	r := Load(tree{entryFile: string(sessions) + `
vrrp_instance a {
    interface eth0
    virtual_router_id 1
    track_bfd {
        router4
        both weight 5
        nobody
    }
}`}, entryFile, Options{}, nil)
	five := int32(5)
	want := []schema.Track{{Name: "router4", Reverse: true}, {Name: "both", Weight: &five}}
	if diff := cmp.Diff(want, r.Config.Instances[0].BFD); diff != "" {
		t.Error(diff)
	}
}
