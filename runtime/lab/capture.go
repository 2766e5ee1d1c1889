//go:build linux

package lab

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Packet is one captured frame, from its Ethernet header on.
type Packet struct {
	At   time.Time
	Data []byte
}

// Recording collects the packets that pass an interface.
type Recording struct {
	t  testing.TB
	mu sync.Mutex
	// guarded by mu
	packets []Packet
}

// Capture starts recording, with a filter in tcpdump's language. It returns when packets are being seen.
func Capture(n *Node, dev, filter string) *Recording {
	n.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		n.t.Fatal(err)
	}
	// -Z: it would otherwise become a user that this machine may not have
	cmd := n.Cmd("tcpdump", "-n", "-i", dev, "-U", "--immediate-mode", "-Z", "root", "-w", "-", filter)
	cmd.Stdout = w
	p := n.start(cmd, "tcpdump")
	w.Close()
	c := &Recording{t: n.t}
	go c.read(r)
	Eventually(n.t, 10*time.Second, n.Name+": tcpdump listens", func() error {
		switch {
		case p.Exited():
			n.t.Fatalf("%s: tcpdump: %s", n.Name, p.Output())
		case !strings.Contains(p.Output(), "listening on"):
			return errors.New(p.Output())
		}
		return nil
	})
	return c
}

// read takes tcpdump's file format apart: a header of 24 bytes, then 16 bytes before every packet.
func (c *Recording) read(r io.ReadCloser) {
	defer r.Close()
	in := bufio.NewReader(r)
	var head [24]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return
	}
	for {
		if _, err := io.ReadFull(in, head[:16]); err != nil {
			return
		}
		seconds, micros := binary.NativeEndian.Uint32(head[0:]), binary.NativeEndian.Uint32(head[4:])
		data := make([]byte, binary.NativeEndian.Uint32(head[8:]))
		if _, err := io.ReadFull(in, data); err != nil {
			return
		}
		c.mu.Lock()
		c.packets = append(c.packets, Packet{At: time.Unix(int64(seconds), int64(micros)*1000), Data: data})
		c.mu.Unlock()
	}
}

// Packets returns what was seen until now.
func (c *Recording) Packets() []Packet {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Packet(nil), c.packets...)
}

// Dissect gives the packets to tshark, with every checksum verified, and returns the fields asked for, one line a packet, the
// fields separated by tabs.
func (c *Recording) Dissect(fields ...string) []string {
	c.t.Helper()
	file := filepath.Join(c.t.TempDir(), "packets")
	// The file format of tcpdump, version 2.4, for Ethernet.
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0)
	b = append(b, make([]byte, 8)...)
	b = binary.LittleEndian.AppendUint32(b, 1<<16)
	b = binary.LittleEndian.AppendUint32(b, 1)
	for _, p := range c.Packets() {
		b = binary.LittleEndian.AppendUint32(b, uint32(p.At.Unix()))
		b = binary.LittleEndian.AppendUint32(b, uint32(p.At.Nanosecond()/1000))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p.Data)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p.Data)))
		b = append(b, p.Data...)
	}
	if err := os.WriteFile(file, b, 0o644); err != nil {
		c.t.Fatal(err)
	}
	args := []string{"-n", "-r", file, "-o", "ip.check_checksum:TRUE", "-T", "fields"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	cmd := exec.Command("tshark", args...)
	var out, complaints strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		c.t.Fatalf("tshark: %v\n%s", err, complaints.String())
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}
