package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/lbgit/lbgit/runtime/check"
)

// Result is the outcome of one probe.
type Result struct {
	// Result is Void if there was no verdict, because this node was short of something or the context ended.
	Result check.Result
	// Reason says in words why, also for a success.
	Reason string
	// Latency is how long the probe took, over all its URLs.
	Latency time.Duration
	// Code is the exit code of a dynamic script that succeeded (W4).
	Code int
}

// OK says whether the probe succeeded.
func (r Result) OK() bool { return r.Result == check.Pass }

// Once probes a target now, without warmup and retries, in the same way as a scheduler does.
func Once(ctx context.Context, t Target) Result {
	t.Check.Warmup, t.Jitter = 0, 0
	if t.ID == "" {
		t.ID = "once"
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := Result{Reason: "interrupted"}
	first := true
	s := New(Options{})
	s.settled = func(t *target, v verdict) {
		if first {
			r = Result{Result: v.result, Reason: v.cause.String(t.spec.timeout()), Latency: t.took, Code: v.code}
			first = false
		}
		cancel()
	}
	s.Set([]Target{t})
	if err := s.Run(ctx); err != nil {
		return Result{Reason: err.Error()}
	}
	return r
}

// digestTimeout bounds Digest unless the context ends before.
const digestTimeout = 30 * time.Second

// Digest fetches an http or https URL as a check of a converted configuration would and returns the MD5 sum of the body as
// transferred, in 32 lower-case hex digits (G1, G2). A name is looked up, and its first address is asked; it is sent as Host and
// as SNI. The error tells why there is no digest, among others a status outside of 200 to 299.
func Digest(ctx context.Context, rawURL string) (string, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return "", err
	}
	kind, port := HTTP, 80
	switch u.Scheme {
	case "http":
	case "https":
		kind, port = HTTPS, 443
	default:
		return "", fmt.Errorf("%q is neither an http nor an https URL", rawURL)
	}
	if p := u.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil || port < 1 || port > 65535 {
			return "", fmt.Errorf("port %q is not within 1 to 65535", p)
		}
	}
	addr, sni, err := resolve(ctx, u.Hostname())
	if err != nil {
		return "", err
	}
	r := Once(ctx, Target{
		Kind: kind, Addr: netip.AddrPortFrom(addr, uint16(port)),
		Check: check.Config{Timeout: digestTimeout},
		HTTP: &HTTPSpec{
			URLs: []URL{{Path: u.RequestURI(), VirtualHost: u.Host}}, Protocol: HTTP10, SNI: sni,
			UntilEOF: true, digest: true,
		},
	})
	if !r.OK() {
		return "", errors.New(r.Reason)
	}
	return r.Reason, nil
}

// resolve returns an address of a host, and the name for SNI if it is one.
func resolve(ctx context.Context, host string) (netip.Addr, string, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr, "", nil
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.Addr{}, "", err
	}
	return addrs[0].Unmap(), host, nil
}
