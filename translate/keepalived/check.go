package keepalived

import (
	"net/netip"
	"slices"
	"time"

	"github.com/lbgit/lbgit/schema"
)

// checkType tells which check a keyword of real_server opens, or 0.
func checkType(kw string) schema.CheckType {
	switch kw {
	case "TCP_CHECK":
		return schema.CheckTCP
	case "HTTP_GET":
		return schema.CheckHTTP
	case "SSL_GET":
		return schema.CheckHTTPS
	case "SMTP_CHECK":
		return schema.CheckSMTP
	case "DNS_CHECK":
		return schema.CheckDNS
	case "MISC_CHECK":
		return schema.CheckScript
	case "UDP_CHECK":
		return schema.CheckUDP
	case "PING_CHECK":
		return schema.CheckPing
	case "FILE_CHECK":
		return schema.CheckFile
	case "BFD_CHECK":
		return schema.CheckBFD
	}
	return 0
}

// checkScan is a check while its block is read.
type checkScan struct {
	timing
	sni     bool
	sniName string
	ownHost string // the check's own virtualhost
	urls    []schema.URL
	misc    time.Duration
	hosts   []*Stmt
	bad     bool
}

// check maps one check block. Its defaults are those of table T3, written out.
func (d *decoder) check(s *Stmt, typ schema.CheckType, from *timing) {
	c := schema.Check{Type: typ, Src: s.src()}
	c.SetDefaults()
	c.Jitter = 0 // keepalived's probes keep their rhythm
	switch typ {
	case schema.CheckHTTP, schema.CheckHTTPS:
		c.HTTPVersion = "1.0"
	case schema.CheckSMTP:
		c.Helo = "smtpchecker.keepalived.org"
	case schema.CheckDNS:
		c.QueryType, c.QueryName = "SOA", "."
	}
	var k checkScan
	k.host = from.host
	for i := range s.Block {
		if st := &s.Block[i]; !d.timingLine(&k.timing, st, 0) && !d.connection(&c, st) {
			d.checkLine(&c, &k, st, s.Keyword())
		}
	}
	k.inherit(from)
	d.settle(&c, &k)
	if !d.complete(s, &c, &k) {
		return
	}
	base := c
	d.scan.scratch = append(d.scan.scratch, d.share(&c))
	for _, h := range k.hosts { // C22 is not copied: each host is a check of its own
		extra := base
		for i := range h.Block {
			if st := &h.Block[i]; !d.connection(&extra, st) {
				d.unknown(s.Keyword()+".host", st)
			}
		}
		d.scan.scratch = append(d.scan.scratch, d.share(&extra))
	}
}

// inherit fills what is not written from the real server, which has it from
// the virtual server (T3, V6).
func (k *checkScan) inherit(t *timing) {
	if !k.hasLoop {
		k.loop, k.hasLoop = t.loop, t.hasLoop
	}
	if !k.hasTimeout {
		k.timeout, k.hasTimeout = t.timeout, t.hasTimeout
	}
	if !k.hasWait {
		k.wait, k.hasWait = t.wait, t.hasWait
	}
	if !k.hasWarmup {
		k.warmup, k.hasWarmup = t.warmup, t.hasWarmup
	}
	if !k.hasRetry {
		k.retry, k.hasRetry = t.retry, t.hasRetry
	}
}

const (
	defaultLoop    = 60 * time.Second
	defaultTimeout = 5 * time.Second
)

// settle writes the times out (T1, T3, T14).
func (d *decoder) settle(c *schema.Check, k *checkScan) {
	c.Interval, c.Timeout, c.RetryDelay, c.Retry = defaultLoop, defaultTimeout, time.Second, 1
	if k.hasLoop {
		c.Interval = k.loop
	}
	switch c.Type {
	case schema.CheckHTTP, schema.CheckHTTPS:
		c.RetryDelay = 3 * time.Second
		d.requests(c, k)
	case schema.CheckDNS:
		c.Retry, c.RetryDelay = 3, c.Interval
	case schema.CheckScript:
		c.Retry = 0
	case schema.CheckFile, schema.CheckBFD:
		c.Retry, c.RetryDelay = 0, 0
		return // driven by events (C42, C47)
	}
	if k.hasTimeout {
		c.Timeout = k.timeout
	}
	if c.Type == schema.CheckScript {
		c.Timeout = defaultLoop
		if d.scan.hasLoop {
			c.Timeout = d.scan.loop
		}
		if k.misc > 0 {
			c.Timeout = k.misc
		}
	}
	if k.hasWait {
		c.RetryDelay = k.wait
	}
	if k.hasRetry {
		c.Retry = k.retry
	}
	c.Warmup = c.Interval
	if k.hasWarmup {
		c.Warmup = k.warmup
	}
}

// complete refuses checks that cannot be done; keepalived would drop them and
// take the server as healthy (P22).
func (d *decoder) complete(s *Stmt, c *schema.Check, k *checkScan) bool {
	missing := ""
	switch {
	case k.bad:
		return false
	case c.Type == schema.CheckScript && c.Command == "":
		missing = "misc_path"
	case (c.Type == schema.CheckHTTP || c.Type == schema.CheckHTTPS) && len(k.urls) == 0:
		missing = "url"
	case c.Type == schema.CheckFile && c.Track == "":
		missing = "track_file"
	case c.Type == schema.CheckBFD && c.Track == "":
		missing = "name"
	}
	if missing != "" {
		d.Errorf(s.at(), "%s without %s", s.Keyword(), missing).As("check-incomplete").
			Because("keepalived drops the check and takes the server as healthy; add %s or take the block out", missing)
		return false
	}
	if c.BindPort != 0 && !c.Bind.IsValid() { // P20
		d.Warnf(s.at(), "bind_port without bindto has no effect").As("no-effect")
		c.BindPort = 0
	}
	return true
}

// connection maps the options of every check that opens a socket.
func (d *decoder) connection(c *schema.Check, s *Stmt) bool {
	switch c.Type {
	case schema.CheckScript, schema.CheckFile, schema.CheckBFD:
		if s.Keyword() == "alpha" && c.Type != schema.CheckFile {
			d.tri(s, &c.Alpha)
			return true
		}
		return false
	}
	switch s.Keyword() {
	case "connect_ip":
		d.setAddr(s, &c.Address)
	case "connect_port":
		d.setPort(s, &c.Port)
	case "bindto":
		d.setAddr(s, &c.Bind)
	case "bind_port":
		d.setPort(s, &c.BindPort)
	case "bind_if":
		d.device(s, 1, &c.BindInterface)
	case "fwmark":
		if n, ok := d.number(s, 1, 0, 1<<32-1); ok {
			c.Mark = uint32(n)
		}
	case "alpha":
		d.tri(s, &c.Alpha)
	default:
		return false
	}
	return true
}

func (d *decoder) setAddr(s *Stmt, to *netip.Addr) {
	if a, ok := d.addr(s, 1); ok {
		*to = a
		d.most(s, 1)
	}
}

func (d *decoder) setPort(s *Stmt, to *uint16) {
	if n, ok := d.number(s, 1, 1, 65535); ok {
		*to = uint16(n)
		d.most(s, 1)
	}
}

// share gives the check of this virtual server that is equal to c, or keeps c
// as a new one: most real servers have the same checks, and 50,000 need not
// each hold a copy.
func (d *decoder) share(c *schema.Check) *schema.Check {
	for _, o := range d.scan.checks {
		if sameCheck(o, c) {
			return o
		}
	}
	own := *c
	if len(d.scan.checks) < 64 { // beyond that the search costs more than it saves
		d.scan.checks = append(d.scan.checks, &own)
	}
	return &own
}

func sameCheck(a, b *schema.Check) bool {
	return a.Type == b.Type && a.Interval == b.Interval && a.Timeout == b.Timeout && a.Retry == b.Retry &&
		a.RetryDelay == b.RetryDelay && a.Warmup == b.Warmup && a.Alpha == b.Alpha &&
		a.Address == b.Address && a.Port == b.Port && a.Bind == b.Bind && a.BindPort == b.BindPort &&
		a.BindInterface == b.BindInterface && a.Mark == b.Mark &&
		a.Path == b.Path && slices.Equal(a.Status, b.Status) && a.Digest == b.Digest && a.Host == b.Host &&
		slices.EqualFunc(a.URLs, b.URLs, sameURL) && a.HTTPVersion == b.HTTPVersion && a.SNI == b.SNI &&
		a.Command == b.Command && a.User == b.User && a.Dynamic == b.Dynamic &&
		a.QueryType == b.QueryType && a.QueryName == b.QueryName && a.Helo == b.Helo &&
		a.Payload == b.Payload && a.Reply == b.Reply && a.Track == b.Track
}

func sameURL(a, b schema.URL) bool {
	return a.Path == b.Path && slices.Equal(a.Status, b.Status) && a.Digest == b.Digest && a.Host == b.Host
}
