package guard

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbgit/lbgit/reconcile/state"
)

func TestMain(m *testing.M) {
	// Start runs this very binary as the guard.
	if len(os.Args) > 1 && os.Args[1] == "guard" {
		if err := Serve(os.Stdin, new(remover), func() bool { return false }, slog.New(slog.DiscardHandler)); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// remover notes what is removed, and when.
type remover struct {
	log    []string
	at     time.Time
	refuse string
}

func (r *remover) Apply(c state.Change) error {
	r.at = time.Now()
	r.log = append(r.log, c.Verb.String()+" "+c.Object().Name())
	if r.refuse != "" && strings.Contains(c.Object().Name(), r.refuse) {
		return errors.New("no")
	}
	return nil
}

func address(s string) state.Address {
	return state.Address{AddressKey: state.AddressKey{Link: "eth0", Prefix: netip.MustParsePrefix(s)}, Label: "eth0", Owner: state.OwnerVRRP}
}

var route = state.Route{RouteKey: state.RouteKey{To: netip.MustParsePrefix("10.0.0.0/8"), Table: 254}, Via: netip.MustParseAddr("192.0.2.1"), Owner: state.OwnerVRRP}

var rule = state.Rule{RuleKey: state.RuleKey{Priority: 100, From: netip.MustParsePrefix("10.9.0.1/32")}, Action: state.ActionTable, Table: 100, Owner: state.OwnerVRRP}

func line(o order) string {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return string(b) + "\n"
}

func TestServe(t *testing.T) {
	const wait = 3609 * time.Millisecond
	watch := line(order{Holding: Holding{Instance: "a", Wait: wait, Addresses: []state.Address{address("192.0.2.10/24"), address("192.0.2.11/24")}, Routes: []state.Route{route}, Rules: []state.Rule{rule}, Filters: []state.Filter{{Addr: netip.MustParseAddr("192.0.2.11")}}}})
	less := line(order{Holding: Holding{Instance: "a", Wait: time.Second, Addresses: []state.Address{address("192.0.2.10/24")}}})
	other := line(order{Holding: Holding{Instance: "b", Wait: time.Second, Addresses: []state.Address{address("192.0.2.12/24")}}})
	keep := "add net/ipv4/conf/eth0/promote_secondaries"
	one := []string{keep, "remove 192.0.2.10/24 dev eth0"}
	all := []string{"remove 100 from 10.9.0.1/32", "remove 10.0.0.0/8", keep, "remove 192.0.2.10/24 dev eth0", "remove 192.0.2.11/24 dev eth0", "remove 192.0.2.11"}
	tests := []struct {
		name      string
		pipe      string
		successor bool
		refuse    string
		want      []string
		after     time.Duration
		err       string
	}{
		{"nothing was said", "", false, "", nil, 0, ""},
		{"farewell", watch + line(order{Farewell: true}), false, "", nil, 0, ""},
		{"crash: rules go before routes, and those before their addresses", watch, false, "", all, wait, ""},
		{"crash as a backup, which holds nothing", watch + line(order{Holding: Holding{Instance: "a", Wait: time.Second}}), false, "", nil, 0, ""},
		{"two instances: the shorter wait counts for both", watch + other, false, "", slices.Insert(slices.Clone(all), len(all)-1, "remove 192.0.2.12/24 dev eth0"), time.Second, ""},
		{"one of two gave way", other + watch + line(order{Holding: Holding{Instance: "b"}}), false, "", all, wait, ""},
		{"the last word counts", watch + less, false, "", one, time.Second, ""},
		{"the last line is cut off", watch + less[:len(less)/2], false, "", all, wait, ""},
		{"the line feed alone is missing", watch + strings.TrimSuffix(less, "\n"), false, "", one, time.Second, ""},
		{"a farewell that is cut off is none", watch + `{"wait":0,"farewell":tr`, false, "", all, wait, ""},
		{"a successor", watch, true, "", nil, 0, ""},
		{"one cannot be removed, the rest is", watch, false, "192.0.2.10", all, wait, "no"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				r := &remover{refuse: tt.refuse}
				err := Serve(strings.NewReader(tt.pipe), r, func() bool { return tt.successor }, slog.New(slog.DiscardHandler))
				if (err == nil) != (tt.err == "") || err != nil && err.Error() != tt.err {
					t.Errorf("error %v", err)
				}
				if !slices.Equal(r.log, tt.want) {
					t.Errorf("got %q", r.log)
				}
				if len(r.log) > 0 && r.at.Sub(start) != tt.after {
					t.Errorf("after %s, want %s", r.at.Sub(start), tt.after)
				}
			})
		})
	}
}

// TestSuccessorIsAskedAfterTheWait, not before: it may come meanwhile. While the
// daemon lives nothing is done, however long it is silent.
func TestSuccessorIsAskedAfterTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		in, out := io.Pipe()
		var asked time.Duration
		done := make(chan error)
		r := new(remover)
		go func() {
			done <- Serve(in, r, func() bool { asked = time.Since(start); return true }, slog.New(slog.DiscardHandler))
		}()
		if _, err := io.WriteString(out, line(order{Holding: Holding{Instance: "a", Wait: 2 * time.Second, Addresses: []state.Address{address("192.0.2.10/24")}}})); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Hour, func() { out.Close() })
		if err := <-done; err != nil || len(r.log) > 0 {
			t.Errorf("%v, %q", err, r.log)
		}
		if asked != time.Hour+2*time.Second {
			t.Errorf("asked after %s", asked)
		}
	})
}

// TestProcess starts a real guard and says farewell.
func TestProcess(t *testing.T) {
	g, err := Start("guard")
	if err != nil {
		t.Fatal(err)
	}
	if err := g.WatchAll([]Holding{{Instance: "a", Wait: time.Hour, Addresses: []state.Address{address("192.0.2.10/24")}, Routes: []state.Route{route}, Rules: []state.Rule{rule}}}); err != nil {
		t.Fatal(err)
	}
	if err := g.Farewell(); err != nil {
		t.Fatal(err)
	}
	if err := g.WatchAll(nil); err == nil {
		t.Error("a guard that has ended takes orders")
	}
}

// TestStoppedGuard: a guard that stands still holds up neither a failover nor the
// end of the daemon.
func TestStoppedGuard(t *testing.T) {
	g, err := Start("guard")
	if err != nil {
		t.Fatal(err)
	}
	if err := g.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	big := Holding{Instance: "front", Wait: time.Hour}
	for range 2000 { // more than a pipe takes
		big.Addresses = append(big.Addresses, address("192.0.2.10/24"))
	}
	done := make(chan error)
	go func() { done <- g.Watch(big) }()
	select {
	case err := <-done:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("said %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the daemon waits for ever")
	}
	go func() { done <- g.Farewell() }()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("the daemon never ends")
	}
}
