package probe

import (
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
)

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
