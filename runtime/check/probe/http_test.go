package probe

import (
	"bufio"
	"crypto/md5"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/check"
	"github.com/lbgit/lbgit/runtime/script"
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

// secure returns an HTTPS server and the names that were asked for.
func secure(t *testing.T) (addr netip.AddrPort, sni *atomic.Value) {
	t.Helper()
	sni = &atomic.Value{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "hello from "+r.Host)
	}))
	server.TLS = &tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		sni.Store(h.ServerName)
		return nil, nil
	}}
	server.Config.ErrorLog = discard
	server.StartTLS()
	t.Cleanup(server.Close)
	return addrOf(server.Listener), sni
}

func TestOnceHTTPS(t *testing.T) {
	addr, sni := secure(t)
	target := Target{Kind: HTTPS, Addr: addr, HTTP: &HTTPSpec{
		SNI: "www.example", Host: "h", URLs: []URL{{Digest: md5.Sum([]byte("hello from h"))}, {Path: "/b"}},
	}}
	if r := Once(t.Context(), target); !r.OK() || sni.Load() != "www.example" {
		t.Errorf("%q, SNI %v", r.Reason, sni.Load())
	}
	verified := target
	spec := *target.HTTP
	spec.VerifyTLS = true
	verified.HTTP = &spec
	if r := Once(t.Context(), verified); r.OK() || !strings.HasPrefix(r.Reason, "TLS handshake: ") {
		t.Errorf("a certificate of nobody passed: %q", r.Reason)
	}
	plain := Target{Kind: HTTPS, HTTP: &HTTPSpec{}, Addr: talk(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.0 400 What\r\n\r\n")
		_, _ = io.Copy(io.Discard, c)
	})}
	if r := Once(t.Context(), plain); r.OK() || !strings.HasPrefix(r.Reason, "TLS handshake: ") {
		t.Errorf("a server without TLS passed: %q", r.Reason)
	}
	silent := Target{Kind: HTTPS, Addr: mute(t), HTTP: &HTTPSpec{}, Check: check.Config{Timeout: 50 * time.Millisecond}}
	if r := Once(t.Context(), silent); r.OK() || r.Reason != "connected, but no complete response within 50ms" {
		t.Errorf("a silent server: %q", r.Reason)
	}
	refused := Target{Kind: HTTPS, Addr: closedPort(t), HTTP: &HTTPSpec{}}
	if r := Once(t.Context(), refused); r.Reason != "connection refused" {
		t.Errorf("%q", r.Reason)
	}
}

// Verification succeeds with the right roots and name.
func TestHTTPSVerified(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	server.Config.ErrorLog = discard
	for name, ok := range map[string]bool{"example.com": true, "": true, "other.example": false} {
		target := Target{ID: "a", Kind: HTTPS, Addr: addrOf(server.Listener), Check: fast, HTTP: &HTTPSpec{VerifyTLS: true, SNI: name}}
		r := run(t, Options{})
		r.mu.Lock()
		o := r.add(&target, r.now())
		o.tls.RootCAs = x509.NewCertPool()
		o.tls.RootCAs.AddCert(server.Certificate())
		r.order = append(r.order, o)
		r.wake()
		r.mu.Unlock()
		if st := r.until("a", runs(2)); (st.Health == check.Up) != ok {
			t.Errorf("%q: %+v", name, st)
		}
	}
}

// More TLS servers than workers, most of them silent: those that answer are found nevertheless.
func TestHTTPSQueue(t *testing.T) {
	addr, _ := secure(t)
	c := fast
	c.Timeout, c.Interval = 200*time.Millisecond, time.Hour
	var targets []Target
	silent := mute(t)
	for i := range 20 {
		to := silent
		if i%5 == 4 {
			to = addr
		}
		targets = append(targets, Target{ID: fmt.Sprint(i), Kind: HTTPS, Addr: to, Check: c, HTTP: &HTTPSpec{}})
	}
	r := run(t, Options{Handshakes: 2}, targets...)
	for i := range 20 {
		st := r.until(fmt.Sprint(i), runs(1))
		if want := i%5 == 4; (st.Health == check.Up) != want {
			t.Errorf("%d: %+v", i, st)
		}
	}
	if st := r.Stats(); st.Sockets != 0 || st.Handshakes != 0 || st.Queued != 0 {
		t.Errorf("%+v", st)
	}
}

func TestDigest(t *testing.T) {
	addr := say(t, "HTTP/1.0 200 OK\r\n\r\nhello")
	want := fmt.Sprintf("%x", md5.Sum([]byte("hello")))
	if got, err := Digest(t.Context(), fmt.Sprintf("http://%v/x", addr)); err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
	secured, sni := secure(t)
	url := fmt.Sprintf("https://localhost:%d/", secured.Port())
	want = fmt.Sprintf("%x", md5.Sum([]byte("hello from "+url[8:len(url)-1])))
	if got, err := Digest(t.Context(), url); err != nil || got != want || sni.Load() != "localhost" {
		t.Errorf("%s, %v, SNI %v", got, err, sni.Load())
	}
	for _, bad := range []string{
		"ftp://127.0.0.1/", "http://127.0.0.1:99999/", "http://127.0.0.1:x/", "http://",
		fmt.Sprintf("http://%v/", closedPort(t)), fmt.Sprintf("http://%v/", say(t, "HTTP/1.0 404 No\r\n\r\nhello")),
	} {
		if got, err := Digest(t.Context(), bad); err == nil {
			t.Errorf("%s: %s", bad, got)
		}
	}
}

func TestScript(t *testing.T) {
	shell := func(line string, dynamic bool) Target {
		return Target{Kind: Script, Script: &ScriptSpec{Spec: script.Spec{Shell: line}, Dynamic: dynamic}}
	}
	tests := []struct {
		name   string
		target Target
		ok     bool
		code   int
		reason string
	}{
		{"ok: exit 0 (C36)", shell("exit 0", false), true, 0, "exited with status 0"},
		{"bad: exit 7 (C36)", shell("exit 7", false), false, 0, "exited with status 7"},
		{"ok: exit 7, dynamic (W4)", shell("exit 7", true), true, 7, "exited with status 7"},
		{"bad: exit 1, dynamic (C36)", shell("exit 1", true), false, 0, "exited with status 1"},
		{"bad: signal, dynamic (C37)", shell("kill -9 $$", true), false, 0, "ended by SIGKILL"},
		{"bad: cannot be run (C39)", shell("/no/such", true), false, 0, "cannot be run"},
		{"bad: no script", Target{Kind: Script}, false, 0, "cannot be probed: no script"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Once(t.Context(), tt.target)
			if r.OK() != tt.ok || r.Code != tt.code || !strings.HasPrefix(r.Reason, tt.reason) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// A dynamic script reports its first weight and each change, and the configured weight when it fails (W4, W5).
func TestDynamicScript(t *testing.T) {
	file := t.TempDir() + "/n"
	line := fmt.Sprintf("n=$(cat %s 2>/dev/null || echo 4); echo $((n + 1)) >%s; test $n -lt 7 && exit $n; exit 1", file, file)
	c := fast
	r := run(t, Options{}, Target{ID: "a", Kind: Script, Check: c, Script: &ScriptSpec{Spec: script.Spec{Shell: line}, Dynamic: true}})
	for _, want := range []int{4, 5, 6} {
		if f := r.fact(); f.Health != check.Up || f.Code != want {
			t.Fatalf("%+v, want code %d", f, want)
		}
	}
	if f := r.fact(); f.Health != check.Down || f.Code != 0 {
		t.Fatalf("%+v", f)
	}
}
