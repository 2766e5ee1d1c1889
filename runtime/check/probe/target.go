package probe

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/lbgit/lbgit/runtime/check"
	"github.com/lbgit/lbgit/runtime/script"
)

// Kind is the protocol of a probe.
type Kind uint8

const (
	// TCP succeeds when a connection is made (C1).
	TCP Kind = iota
	// HTTP sends requests and judges the responses (C2 to C11).
	HTTP
	// HTTPS is HTTP inside TLS (C13, C15).
	HTTPS
	// Script runs a command (C36, C37).
	Script
)

// String returns the name of the kind in lower case.
func (k Kind) String() string {
	switch k {
	case TCP:
		return "tcp"
	case HTTP:
		return "http"
	case HTTPS:
		return "https"
	case Script:
		return "script"
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Target is one thing to probe. Set keeps a copy; what the pointers lead to must not be changed afterwards.
type Target struct {
	// ID is the stable identity that the caller chose; it must not be empty. Two checkers that ask the same question may share
	// one target.
	ID   string
	Kind Kind
	// Addr is where to connect, port 1..65535. Not used by scripts. A link-local IPv6 address needs a zone or BindIf.
	Addr netip.AddrPort
	// Bind is the source address, and the source port unless 0; the zero value leaves both to the kernel (P20).
	Bind netip.AddrPort
	// BindIf is the interface to send from, Mark the firewall mark (0 = none); both need CAP_NET_ADMIN or CAP_NET_RAW.
	BindIf string
	Mark   uint32
	// Check says how often to probe and how to judge. Check.Timeout bounds one request, from the connection to the end of the
	// response, so a pass over n URLs takes at most n times as long.
	Check check.Config
	// Jitter spreads each wait by plus and minus half of this share of it, 0..1; 0 is exact.
	Jitter float64
	// HTTP is needed by the kinds HTTP and HTTPS, Script by the kind Script.
	HTTP   *HTTPSpec
	Script *ScriptSpec
	// Initial is a health that the caller vouches for: what the kernel showed at the start. It matters only when the ID is
	// new; a change of it alone changes nothing.
	Initial check.Health
}

// Protocol is the version of HTTP to speak (C3).
type Protocol string

// The protocols. The last two send Connection: close (C2). The zero value means HTTP11.
const (
	HTTP10      Protocol = "1.0"
	HTTP10Close Protocol = "1.0C"
	HTTP11      Protocol = "1.1"
)

// HTTPSpec says what to ask and what to expect.
type HTTPSpec struct {
	// URLs are asked one after another on connections of their own; all must pass. An empty list asks for "/". keepalived
	// asks one per interval instead (T11).
	URLs     []URL
	Protocol Protocol
	// Method is GET when empty.
	Method string
	// Host is sent as Host when the URL names none; empty means address:port (C4).
	Host string
	// SNI is the server name of the TLS handshake; empty sends none, as keepalived does without enable_sni (C15).
	SNI string
	// VerifyTLS checks the certificate against the system's roots and against SNI, else the host, else the address. keepalived
	// never does (C13).
	VerifyTLS bool
	// UntilEOF reads the response to the end of the connection and takes its body as transferred, as keepalived does
	// (C6, C9): a server that keeps the connection open fails by timeout. Otherwise Content-Length and chunked
	// coding are understood, and a body that ends early is a failure.
	UntilEOF bool

	// digest asks for the digest of every body, for Digest.
	digest bool
}

// URL is one request.
type URL struct {
	// Path is the request target, "/" when empty.
	Path string
	// Status lists the accepted codes; an empty list accepts 200 to 299 (P23).
	Status []StatusRange
	// Digest is the MD5 sum that the body must have (C11); zero asks for none.
	Digest [16]byte
	// VirtualHost is sent as Host (C4).
	VirtualHost string
}

// ScriptSpec is a script check. Its time limit is Check.Timeout.
type ScriptSpec struct {
	Spec script.Spec
	// Dynamic reads exit codes 2 to 255 as success with a weight (C36, W4), reported as Fact.Code.
	Dynamic bool
}

// Validate says what makes a target impossible to probe. Set runs such a target nevertheless: it fails, with this as its reason.
func (t *Target) Validate() error {
	switch {
	case t.ID == "":
		return errors.New("no identity")
	case t.Kind > Script:
		return fmt.Errorf("unknown %v", t.Kind)
	case t.Kind == Script && t.Script == nil:
		return errors.New("no script")
	case t.Kind == Script:
		return nil
	case !t.Addr.IsValid() || t.Addr.Port() == 0:
		return fmt.Errorf("no usable address in %q", t.Addr)
	case t.Bind.IsValid() && t.Bind.Addr().Unmap().Is4() != t.Addr.Addr().Unmap().Is4():
		return fmt.Errorf("source address %v is of another family", t.Bind.Addr())
	case t.Kind == TCP:
		return nil
	case t.HTTP == nil:
		return errors.New("no request")
	}
	return t.HTTP.validate()
}

// validate refuses what would break out of the request: the parts are sent verbatim.
func (h *HTTPSpec) validate() error {
	parts := []string{h.Method, h.Host}
	for _, u := range h.URLs {
		parts = append(parts, u.Path, u.VirtualHost)
	}
	for _, p := range parts {
		if strings.ContainsAny(p, "\r\n\x00") {
			return fmt.Errorf("control character in %q", p)
		}
	}
	switch h.Protocol {
	case "", HTTP10, HTTP10Close, HTTP11:
		return nil
	}
	return fmt.Errorf("unknown HTTP protocol %q", h.Protocol)
}

// equal says whether two targets ask the same in the same way. Initial does not count.
func (t *Target) equal(o *Target) bool {
	return t.ID == o.ID && t.Kind == o.Kind && t.Addr == o.Addr && t.Bind == o.Bind && t.BindIf == o.BindIf &&
		t.Mark == o.Mark && t.Jitter == o.Jitter && t.Check == o.Check && t.HTTP.equal(o.HTTP) && t.Script.equal(o.Script)
}

func (h *HTTPSpec) equal(o *HTTPSpec) bool {
	if h == o {
		return true
	}
	if h == nil || o == nil {
		return false
	}
	return h.Protocol == o.Protocol && h.Method == o.Method && h.Host == o.Host && h.SNI == o.SNI &&
		h.VerifyTLS == o.VerifyTLS && h.UntilEOF == o.UntilEOF && h.digest == o.digest &&
		slices.EqualFunc(h.URLs, o.URLs, func(a, b URL) bool {
			return a.Path == b.Path && a.Digest == b.Digest && a.VirtualHost == b.VirtualHost && slices.Equal(a.Status, b.Status)
		})
}

func (s *ScriptSpec) equal(o *ScriptSpec) bool {
	if s == o {
		return true
	}
	if s == nil || o == nil {
		return false
	}
	a, b := s.Spec, o.Spec
	return s.Dynamic == o.Dynamic && a.Shell == b.Shell && a.Timeout == b.Timeout && a.User == b.User && a.Group == b.Group &&
		a.Open == b.Open && a.Groups == b.Groups && a.Quiet == b.Quiet && slices.Equal(a.Command, b.Command) && slices.Equal(a.Env, b.Env)
}

// timeout returns the limit of one request.
func (t *Target) timeout() time.Duration {
	if t.Check.Timeout > 0 {
		return t.Check.Timeout
	}
	return defaultTimeout
}

// defaultTimeout is keepalived's connect_timeout (T3), for a target without one.
const defaultTimeout = 5 * time.Second

// defaultInterval keeps a target without an interval from spinning; minInterval one with a tiny one.
const (
	defaultInterval = 60 * time.Second
	minInterval     = time.Millisecond
)
