//go:build linux

package demo_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

// patience is how long a visitor waits before the next try; it bounds the
// error of the silences that are measured.
const patience = 100 * time.Millisecond

// visitor asks for the page without pause, each time over a new connection.
type visitor struct {
	t    *testing.T
	node *lab.Node

	mu      sync.Mutex
	answers map[string]int // by server, since the last reset
	failed  int
	last    time.Time // of the newest answer
	silence time.Duration
}

// visit lets a visitor ask until the test ends.
func visit(t *testing.T, node *lab.Node) *visitor {
	v := &visitor{t: t, node: node}
	v.reset()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			name, err := v.ask()
			v.note(name, err)
			if err != nil {
				// Refused at once is no reason to ask without end.
				time.Sleep(10 * time.Millisecond)
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-stopped })
	return v
}

func (v *visitor) ask() (name string, err error) {
	var conn net.Conn
	err = v.node.Inside(func() (err error) {
		conn, err = net.DialTimeout("tcp", net.JoinHostPort(vip, "80"), patience)
		return err
	})
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		return "", err
	}
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %s", r.Status)
	}
	return string(body), err
}

func (v *visitor) note(name string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err != nil {
		v.failed++
		return
	}
	now := time.Now()
	v.silence = max(v.silence, now.Sub(v.last))
	v.last = now
	v.answers[name]++
}

// reset begins a new count.
func (v *visitor) reset() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.answers, v.failed, v.last, v.silence = map[string]int{}, 0, time.Now(), 0
}

// served waits until the named servers, or any when none is named, have
// answered some more.
func (v *visitor) served(names ...string) {
	v.t.Helper()
	before := v.count(names)
	lab.Eventually(v.t, long, fmt.Sprintf("the client is served by %v", names), func() error {
		now := v.count(names)
		for i := range now {
			if now[i] < before[i]+10 {
				return fmt.Errorf("%d answers before, %d now", before, now)
			}
		}
		return nil
	})
}

func (v *visitor) count(names []string) []int {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(names) == 0 {
		sum := 0
		for _, n := range v.answers {
			sum += n
		}
		return []int{sum}
	}
	out := make([]int, len(names))
	for i, name := range names {
		out[i] = v.answers[name]
	}
	return out
}

// summary says what the client saw since the last reset.
func (v *visitor) summary() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	sum := 0
	for _, n := range v.answers {
		sum += n
	}
	return fmt.Sprintf("%d requests answered, %d not; longest silence %s", sum, v.failed, v.silence.Round(time.Millisecond))
}
