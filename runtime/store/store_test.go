package store

import (
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/source"
)

func TestClaimsSurviveARestartOnly(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	k := state.ServiceKey{Addr: netip.MustParseAddr("192.0.2.1"), Port: 80, Protocol: 6}
	if err := s.SaveClaims(plan.Claims{Services: map[state.ServiceKey]bool{k: true}}); err != nil {
		t.Fatal(err)
	}
	c, err := s.Claims()
	if err != nil || !c.Services[k] {
		t.Fatalf("claims are %v, %v", c, err)
	}
	// Claims of another boot are about rows that are gone.
	b, _ := os.ReadFile(s.path("claims.json"))
	b = append([]byte(`{"boot":"another",`), b[len(`{"boot":"`)+36+len(`",`):]...)
	if err := os.WriteFile(s.path("claims.json"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := s.Claims(); err != nil || len(c.Services) != 0 {
		t.Fatalf("claims of another boot: %v, %v", c, err)
	}
}

func TestDamagedClaimsAreAnError(t *testing.T) {
	s, _ := Open(t.TempDir())
	if err := os.WriteFile(s.path("claims.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Claims(); err == nil {
		t.Fatal("no error")
	}
}

func TestRevisionRoundTrip(t *testing.T) {
	s, _ := Open(t.TempDir())
	rev := source.FromFiles(map[string][]byte{"etc/a.hcl": []byte("a = 1\n"), "etc/b.hcl": {}}, source.Revision{ID: "x", Source: "/etc", Path: "etc", Root: "/"})
	for name := range source.Files(rev) {
		if _, err := fs.ReadFile(rev.Tree, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SaveRevision(rev); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Revision("/other"); ok || err != nil {
		t.Fatalf("another source's revision was given: %v", err)
	}
	back, ok, err := s.Revision("/etc")
	if err != nil || !ok || back.ID != "x" || back.Root != "/" {
		t.Fatalf("%+v %v %v", back, ok, err)
	}
	if b, err := fs.ReadFile(back.Tree, "etc/a.hcl"); err != nil || string(b) != "a = 1\n" {
		t.Fatalf("%q %v", b, err)
	}
	// A file that was cut off is an error, not an empty configuration.
	whole, _ := os.ReadFile(s.path("revision"))
	if err := os.WriteFile(s.path("revision"), whole[:len(whole)-3], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Revision("/etc"); ok || err == nil {
		t.Fatal("a cut-off revision was taken")
	}
}
