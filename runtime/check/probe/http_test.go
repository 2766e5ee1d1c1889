package probe

import (
	"bufio"
	"crypto/md5"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/check"
)

// talk serves every connection by a function.
func talk(t *testing.T, serve func(net.Conn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return addrOf(l)
}

// say answers each request with a text and closes.
func say(t *testing.T, text string) netip.AddrPort {
	return talk(t, func(c net.Conn) {
		readRequest(c)
		_, _ = io.WriteString(c, text)
	})
}

// readRequest returns a request as it was sent.
func readRequest(c net.Conn) string {
	var b strings.Builder
	for r := bufio.NewReader(c); ; {
		line, err := r.ReadString('\n')
		b.WriteString(line)
		if err != nil || line == "\r\n" {
			return b.String()
		}
	}
}

// The request, byte for byte (C2, C3, C4).
func TestRequest(t *testing.T) {
	four := netip.MustParseAddrPort("192.0.2.1:80")
	six := netip.MustParseAddrPort("[2001:db8::1]:8080")
	tests := []struct {
		name string
		addr netip.AddrPort
		spec HTTPSpec
		want string
	}{
		{"ok: 1.0", four, HTTPSpec{Protocol: HTTP10, URLs: []URL{{Path: "/a?b=c"}}},
			"GET /a?b=c HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 192.0.2.1:80\r\n\r\n"},
		{"ok: 1.0C", six, HTTPSpec{Protocol: HTTP10Close},
			"GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: [2001:db8::1]:8080\r\n\r\n"},
		{"ok: 1.1, host of the check", four, HTTPSpec{Protocol: HTTP11, Host: "h"},
			"GET / HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: h\r\n\r\n"},
		{"ok: default is 1.1, host of the URL", four, HTTPSpec{Method: "HEAD", Host: "h", URLs: []URL{{VirtualHost: "u"}}},
			"HEAD / HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: u\r\n\r\n"},
		{"ok: no zone in the host", netip.MustParseAddrPort("[fe80::1%lo]:80"), HTTPSpec{Protocol: HTTP10},
			"GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: [fe80::1]:80\r\n\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := appendRequest(nil, &Target{Addr: tt.addr, HTTP: &tt.spec}, &tt.spec.urls()[0])
			if string(got) != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestOnceHTTP(t *testing.T) {
	const ok = "HTTP/1.0 200 OK\r\n\r\n"
	hello := md5.Sum([]byte("hello"))
	tests := []struct {
		name   string
		answer string
		spec   HTTPSpec
		ok     bool
		reason string
	}{
		{name: "ok: status", answer: ok, ok: true, reason: "status 200"},
		{name: "ok: wanted 404", answer: "HTTP/1.0 404 No\r\n\r\n", spec: HTTPSpec{URLs: []URL{{Status: []StatusRange{{100, 100}, {400, 499}}}}}, ok: true, reason: "status 404"},
		{name: "bad: 404", answer: "HTTP/1.0 404 No\r\n\r\n", reason: "status 404 is not wanted"},
		{name: "bad: redirection is not followed (C9)", answer: "HTTP/1.0 301 No\r\nLocation: /\r\n\r\n", reason: "status 301 is not wanted"},
		{name: "bad: 200 is not wanted", answer: ok, spec: HTTPSpec{URLs: []URL{{Status: []StatusRange{{404, 404}}}}}, reason: "status 200 is not wanted"},
		{name: "ok: digest (C11)", answer: ok + "hello", spec: HTTPSpec{URLs: []URL{{Digest: hello}}, UntilEOF: true}, ok: true, reason: "status 200"},
		{name: "bad: digest", answer: ok + "hullo", spec: HTTPSpec{URLs: []URL{{Digest: hello}}}, reason: "the body has another digest"},
		{name: "ok: several URLs", answer: ok, spec: HTTPSpec{URLs: []URL{{Path: "/a"}, {Path: "/b"}, {Path: "/c"}}}, ok: true, reason: "status 200"},
		{name: "bad: second URL", answer: ok, spec: HTTPSpec{URLs: []URL{{}, {Status: []StatusRange{{204, 204}}}, {}}}, reason: "status 200 is not wanted"},
		{name: "bad: no answer", reason: "the connection ended without a response"},
		{name: "bad: other protocol", answer: "220 smtp ready\r\n", reason: "not an HTTP response"},
		{name: "bad: line break in the path", spec: HTTPSpec{URLs: []URL{{Path: "/\r\nX: y"}}}, reason: "cannot be probed: control character"},
		{name: "bad: unknown protocol", spec: HTTPSpec{Protocol: "3"}, reason: "cannot be probed: unknown HTTP protocol"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Once(t.Context(), Target{Kind: HTTP, Addr: say(t, tt.answer), HTTP: &tt.spec})
			if r.OK() != tt.ok || !strings.HasPrefix(r.Reason, tt.reason) {
				t.Errorf("%v, %q", r.Result, r.Reason)
			}
		})
	}
	if r := Once(t.Context(), Target{Kind: HTTP, Addr: someAddr}); r.OK() || r.Reason != "cannot be probed: no request" {
		t.Errorf("%v, %q", r.Result, r.Reason)
	}
}

// A server that keeps the connection open: keepalived's way of reading times out (C6), lbgit's own sees the end of the body.
func TestHTTPKeepAlive(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	addr := talk(t, func(c net.Conn) {
		readRequest(c)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		<-release
	})
	if r := Once(t.Context(), Target{Kind: HTTP, Addr: addr, HTTP: &HTTPSpec{}}); !r.OK() {
		t.Error(r.Reason)
	}
	r := Once(t.Context(), Target{Kind: HTTP, Addr: addr, HTTP: &HTTPSpec{UntilEOF: true}, Check: check.Config{Timeout: 50 * time.Millisecond}})
	if want := "connected, but no complete response within 50ms"; r.Reason != want {
		t.Errorf("%v, %q", r.Result, r.Reason)
	}
}

// A server that drips is caught by the deadline of the whole request (T6 is not copied, issue #1822).
func TestHTTPSlowDrip(t *testing.T) {
	addr := talk(t, func(c net.Conn) {
		for {
			if _, err := io.WriteString(c, "HTTP/1.0 200 OK\r\n\r\n"); err != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	})
	r := Once(t.Context(), Target{Kind: HTTP, Addr: addr, HTTP: &HTTPSpec{}, Check: check.Config{Timeout: 100 * time.Millisecond}})
	if r.OK() || r.Latency > patience {
		t.Errorf("%v, %q, %v", r.Result, r.Reason, r.Latency)
	}
}

// A request and a response that do not fit into the buffers of sockets.
func TestHTTPLarge(t *testing.T) {
	body := strings.Repeat("0123456789", 300_000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
	defer server.Close()
	addr := addrOf(server.Listener)
	r := Once(t.Context(), Target{Kind: HTTP, Addr: addr, HTTP: &HTTPSpec{URLs: []URL{{Digest: md5.Sum([]byte(body))}}}})
	if !r.OK() {
		t.Error(r.Reason)
	}
	addr = talk(t, func(c net.Conn) { fmt.Fprintf(c, "HTTP/1.0 200 %d\r\n\r\n", len(readRequest(c))) })
	r = Once(t.Context(), Target{Kind: HTTP, Addr: addr, HTTP: &HTTPSpec{URLs: []URL{{Path: "/" + body + body + body}}}})
	if !r.OK() {
		t.Error(r.Reason)
	}
}
