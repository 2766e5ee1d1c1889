//go:build linux

package lab

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Stream is a client that sends a numbered datagram at a steady pace and notes who answers when. It asks over one socket and
// never waits for an answer, so a silence is seen with the precision of the pace.
type Stream struct {
	t    testing.TB
	stop chan struct{}

	mu      sync.Mutex
	last    time.Time
	who     string
	longest time.Duration
	answers map[string]int
	asked   atomic.Int64 // since Reset
}

// Stream lets the machine ask addr ("192.0.2.100:7777", a UDPServer on every machine that may hold the address) once every
// pace until the test ends.
func (n *Node) Stream(addr string, pace time.Duration) *Stream {
	n.t.Helper()
	to := net.UDPAddrFromAddrPort(netip.MustParseAddrPort(addr))
	conn, err := n.ListenPacket("udp", ":0")
	if err != nil {
		n.t.Fatalf("%s: stream: %v", n.Name, err)
	}
	s := &Stream{t: n.t, stop: make(chan struct{})}
	s.Reset()
	var both sync.WaitGroup
	both.Go(func() { s.ask(conn, to, pace) })
	both.Go(func() { s.listen(conn) })
	n.t.Cleanup(func() {
		close(s.stop)
		conn.Close()
		both.Wait()
	})
	return s
}

func (s *Stream) ask(conn net.PacketConn, to net.Addr, pace time.Duration) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
			// An error is the kernel's word that the way is broken: the silence tells.
			_, _ = conn.WriteTo([]byte("who\n"), to)
			s.asked.Add(1)
		}
	}
}

func (s *Stream) listen(conn net.PacketConn) {
	buf := make([]byte, 512)
	for {
		k, _, err := conn.ReadFrom(buf)
		select {
		case <-s.stop:
			return
		default:
		}
		if err == nil {
			s.note(string(buf[:k]), time.Now())
		}
	}
}

func (s *Stream) note(who string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.longest = max(s.longest, now.Sub(s.last))
	s.last, s.who = now, who
	s.answers[who]++
}

// Reset forgets what was until now.
func (s *Stream) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last, s.longest, s.answers = time.Now(), 0, map[string]int{}
	s.asked.Store(0)
}

// Lost is how many questions since Reset have no answer; those on their way, one or two, count.
func (s *Stream) Lost() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	lost := int(s.asked.Load())
	for _, n := range s.answers {
		lost -= n
	}
	return max(lost, 0)
}

// Gap is the longest time without an answer since Reset, the present silence included.
func (s *Stream) Gap() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(s.longest, time.Since(s.last))
}

// Who answered last, and how often since Reset.
func (s *Stream) Who() (name string, answers int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.who, s.answers[s.who]
}

// AnsweredBy waits until the machine of that name has given the last n answers or more since Reset, and no other the latest.
func (s *Stream) AnsweredBy(deadline time.Duration, name string, n int) {
	s.t.Helper()
	Eventually(s.t, deadline, name+" answers", func() error {
		if who, k := s.Who(); who != name || k < n {
			return fmt.Errorf("the last answer is %q's, its number %d", who, k)
		}
		return nil
	})
}
