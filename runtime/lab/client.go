//go:build linux

package lab

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// patience is how long a client waits: long for a machine next door, short enough to notice a failover.
const patience = 2 * time.Second

// Dial opens a connection from the machine. The address must be a literal one: names are looked up on other threads.
func (n *Node) Dial(network, addr string) (net.Conn, error) {
	return n.dial(context.Background(), network, addr)
}

func (n *Node) dial(ctx context.Context, network, addr string) (conn net.Conn, err error) {
	err = n.Inside(func() (err error) {
		conn, err = (&net.Dialer{Timeout: patience}).DialContext(ctx, network, addr)
		return err
	})
	return conn, err
}

// Listen opens a listening socket on the machine.
func (n *Node) Listen(network, addr string) (l net.Listener, err error) {
	err = n.Inside(func() (err error) {
		l, err = net.Listen(network, addr)
		return err
	})
	return l, err
}

// ListenPacket opens a packet socket on the machine.
func (n *Node) ListenPacket(network, addr string) (c net.PacketConn, err error) {
	err = n.Inside(func() (err error) {
		c, err = net.ListenPacket(network, addr)
		return err
	})
	return c, err
}

// Get fetches a page from the machine over a new connection. A status other than 200 is an error.
func (n *Node) Get(url string) (string, error) {
	client := http.Client{
		Timeout:   patience,
		Transport: &http.Transport{DialContext: n.dial, DisableKeepAlives: true},
	}
	resp, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, resp.Status)
	}
	return string(body), err
}

// Ask opens a new connection ("tcp" or "udp") from the machine, says a word and returns what the other side answers.
func (n *Node) Ask(network, addr string) (string, error) {
	conn, err := n.Dial(network, addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, "who\n"); err != nil {
		return "", err
	}
	answer := make([]byte, 512)
	k, err := conn.Read(answer)
	return string(answer[:k]), err
}
