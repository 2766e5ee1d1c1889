package labtest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/lab"
	"github.com/lbgit/lbgit/runtime/link"
)

const patience = 30 * time.Second

// watch collects events until the test ends.
func watch(t *testing.T, l *link.Links) func(what string, is func(link.Event) bool) {
	t.Helper()
	events := make(chan link.Event, 100_000)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- l.Watch(ctx, func(e link.Event) { events <- e }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("watch ended with %v", err)
		}
	})
	wait := func(what string, is func(link.Event) bool) {
		t.Helper()
		late := time.After(patience)
		for {
			select {
			case e := <-events:
				if is(e) {
					return
				}
			case <-late:
				t.Fatalf("no event: %s", what)
			}
		}
	}
	wait("resync at the start", func(e link.Event) bool { return e.Kind == link.EventResync })
	return wait
}

func TestChangesByHandAreSeen(t *testing.T) {
	node, l := open(t)
	vip := address("10.0.0.50/24", state.OwnerVRRP)
	way := route("10.20.0.0/16", 254, 0, "10.0.0.9")
	wait := watch(t, l)
	isVIP := func(removed bool) func(link.Event) bool {
		return func(e link.Event) bool {
			return e == link.Event{Kind: link.EventAddress, Removed: removed, Link: "eth0", Index: e.Index, Address: vip.Prefix, Owner: state.OwnerVRRP}
		}
	}
	isRoute := func(removed bool) func(link.Event) bool {
		return func(e link.Event) bool {
			return e.Kind == link.EventRoute && e.Removed == removed && e.Route == way.RouteKey && e.Owner == state.OwnerStatic && e.Link == "eth0"
		}
	}
	apply(t, l, state.Add, vip)
	wait("address added", isVIP(false))
	apply(t, l, state.Add, way)
	wait("route added", isRoute(false))
	node.DelAddress("eth0", "10.0.0.50/24")
	wait("address deleted by hand", isVIP(true))
	node.Run("ip", "route", "del", "10.20.0.0/16")
	wait("route deleted by hand", isRoute(true))
	node.Unplug("eth0")
	wait("carrier lost", func(e link.Event) bool { return e.Kind == link.EventLink && e.Link == "eth0" && !e.Up })
	node.Plug("eth0")
	wait("carrier back", func(e link.Event) bool { return e.Kind == link.EventLink && e.Link == "eth0" && e.Up })
	node.Run("ip", "link", "add", "dummy7", "type", "dummy")
	wait("interface made", func(e link.Event) bool { return e.Kind == link.EventLink && e.Link == "dummy7" && !e.Removed })
	node.Run("ip", "link", "del", "dummy7")
	wait("interface gone", func(e link.Event) bool { return e.Kind == link.EventLink && e.Link == "dummy7" && e.Removed })
}

func TestLostEventsBecomeResync(t *testing.T) {
	_, l := open(t)
	blocked, release := make(chan struct{}), make(chan struct{})
	seen := make(chan link.Event, 1_000_000)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	first := true
	go func() {
		done <- l.Watch(ctx, func(e link.Event) {
			if first {
				first = false
				close(blocked)
				<-release // a slow reader
			}
			seen <- e
		})
	}()
	<-blocked
	// Every event takes over a kilobyte of the buffer, whatever its size.
	vip := address("10.0.0.50/24", state.OwnerVRRP)
	for range 6000 {
		apply(t, l, state.Add, vip)
		apply(t, l, state.Remove, vip)
	}
	close(release)
	resyncs := 0
	lab.Eventually(t, patience, "resync after the loss", func() error {
		for {
			select {
			case e := <-seen:
				if e.Kind == link.EventResync {
					resyncs++
				}
			default:
				if resyncs < 2 {
					return fmt.Errorf("%d resyncs", resyncs)
				}
				return nil
			}
		}
	})
	// The subscription lives on.
	last := address("10.0.0.77/24", state.OwnerVRRP)
	apply(t, l, state.Add, last)
	for late := time.After(patience); ; {
		select {
		case e := <-seen:
			if e.Kind == link.EventAddress && e.Address == last.Prefix {
				cancel()
				<-done
				return
			}
		case <-late:
			t.Fatal("no event after the loss")
		}
	}
}
