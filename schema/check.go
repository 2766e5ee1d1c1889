package schema

import (
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/schema/diag"
)

// Check is a health check of a real server. One that stands in a pool or a
// virtual server is done for each of its real servers.
type Check struct {
	Type CheckType `conf:"type,label"`

	// Interval runs from the end of one probe to the start of the next.
	Interval time.Duration `conf:"interval"`
	// Timeout bounds one probe as a whole.
	Timeout time.Duration `conf:"timeout"`
	// Retry is how many failures in a row are borne before the server counts
	// as down; RetryDelay is the wait between them.
	Retry      uint32        `conf:"retry"`
	RetryDelay time.Duration `conf:"retry_delay"`
	// Rise is how many successes in a row bring it back; at least 1.
	Rise uint32 `conf:"rise"`
	// Warmup is the upper bound of the random delay before the first probe.
	Warmup time.Duration `conf:"warmup"`
	// Jitter is the share of the interval, 0 to 100 percent, by which probes
	// are moved at random so that many checks do not beat in step.
	Jitter uint8 `conf:"jitter"`
	Alpha  Tri   `conf:"alpha"`

	// Address and Port replace the real server's own.
	Address       netip.Addr `conf:"connect_address"`
	Port          uint16     `conf:"connect_port"`
	Bind          netip.Addr `conf:"bind_address"`
	BindPort      uint16     `conf:"bind_port"`
	BindInterface string     `conf:"bind_interface"`
	Mark          uint32     `conf:"fwmark"`

	// HTTP and HTTPS. Path, Status, Digest and Host describe the one request
	// of most checks; URLs are further requests, all of which must pass.
	Path        string        `conf:"path"`
	Status      []StatusRange `conf:"status"`
	Digest      Digest        `conf:"digest"`
	Host        string        `conf:"host"`
	URLs        []URL         `conf:"url,block"`
	HTTPVersion string        `conf:"http_version"`
	// UntilEOF reads the body until the server closes, as keepalived does,
	// instead of to its Content-Length.
	UntilEOF bool   `conf:"body_until_close"`
	SNI      string `conf:"sni"`
	// Verify checks the server's certificate against CA, or the system's.
	Verify bool   `conf:"verify"`
	CA     string `conf:"ca_file"`

	// Script.
	Command string `conf:"command"`
	User    string `conf:"user"`
	Dynamic bool   `conf:"dynamic_weight"`

	// DNS, SMTP, UDP.
	QueryType string `conf:"query_type"`
	QueryName string `conf:"query_name"`
	Helo      string `conf:"helo"`
	Payload   string `conf:"payload"`
	Reply     string `conf:"require_reply"`

	// File and BFD name the tracked object.
	Track string `conf:"track"`

	Src diag.Range `conf:"-"`
}

// URL is one request of an HTTP check.
type URL struct {
	Path   string        `conf:"path,label"`
	Status []StatusRange `conf:"status"`
	Digest Digest        `conf:"digest"`
	Host   string        `conf:"host"`
}

// Requests gives the requests of an HTTP check, each with its host filled in.
func (c *Check) Requests() []URL {
	var out []URL
	if c.Path != "" || len(c.URLs) == 0 {
		path := c.Path
		if path == "" {
			path = "/"
		}
		out = append(out, URL{Path: path, Status: c.Status, Digest: c.Digest, Host: c.Host})
	}
	for _, u := range c.URLs {
		if u.Host == "" {
			u.Host = c.Host
		}
		if len(u.Status) == 0 {
			u.Status = c.Status
		}
		out = append(out, u)
	}
	return out
}
