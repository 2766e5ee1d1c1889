package keepalived

import (
	"strings"
	"time"

	"github.com/lbgit/lbgit/schema"
)

// checkLine maps what only one kind of check has.
func (d *decoder) checkLine(c *schema.Check, k *checkScan, s *Stmt, block string) {
	took := false
	switch c.Type {
	case schema.CheckHTTP, schema.CheckHTTPS:
		took = d.httpLine(c, k, s, block)
	case schema.CheckScript:
		took = d.miscLine(c, k, s)
	case schema.CheckSMTP:
		switch s.Keyword() {
		case "helo_name":
			d.word1(s, &c.Helo)
			took = true
		case "host":
			d.Warnf(s.at(), "host in SMTP_CHECK is taken as a check of its own").As("smtp-host").
				Because("keepalived 2.4 applies it to the enclosing check by mistake; write another SMTP_CHECK")
			k.hosts = append(k.hosts, s)
			took = true
		}
	case schema.CheckDNS:
		took = d.dnsLine(c, s)
	case schema.CheckUDP:
		took = d.udpLine(c, s)
	case schema.CheckFile:
		switch s.Keyword() {
		case "track_file":
			d.word1(s, &c.Track)
			took = true
		case "weight":
			d.refuse(block, s, "the number in the file would not change the server's weight; use MISC_CHECK with misc_dynamic")
			took = true
		}
	case schema.CheckBFD:
		if took = s.Keyword() == "name"; took {
			d.word1(s, &c.Track)
		}
	}
	if !took {
		d.unknown(block, s)
	}
}

func (d *decoder) miscLine(c *schema.Check, k *checkScan, s *Stmt) bool {
	switch s.Keyword() {
	case "misc_path":
		d.program(s, &c.Command)
	case "misc_timeout":
		if n, ok := d.number(s, 1, 0, 4294); ok {
			k.misc = time.Duration(n) * time.Second
		}
	case "misc_dynamic":
		c.Dynamic = true
	case "user":
		var group string
		if c.User, group = d.account(s); group != "" {
			c.User = d.str(c.User + ":" + group)
		}
	default:
		return false
	}
	return true
}

func (d *decoder) dnsLine(c *schema.Check, s *Stmt) bool {
	switch s.Keyword() {
	case "type":
		if !d.need(s, 1) {
			return true
		}
		switch t := upper(s.arg(1)); t {
		case "A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY":
			c.QueryType = d.str(t)
		default:
			d.ignored(s, 1, "A, NS, CNAME, SOA, MX, TXT, AAAA, RRSIG or DNSKEY")
		}
	case "name":
		d.word1(s, &c.QueryName)
		if strings.Contains(strings.TrimSuffix(c.QueryName, "."), "..") {
			d.ignored(s, 1, "a domain name")
			c.QueryName = ""
		} else if len(c.QueryName) > 1 && c.QueryName[1] == '.' { // P25 [bug], not copied
			d.Warnf(s.at(), "keepalived would ask for the root instead of %q", c.QueryName).As("dns-short-label").
				Because("it takes a first label of one character for an empty one; here the name is asked for")
		}
	default:
		return false
	}
	return true
}

func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

func (d *decoder) udpLine(c *schema.Check, s *Stmt) bool {
	switch s.Keyword() {
	case "payload":
		if d.need(s, 1) {
			d.hex(s, &c.Payload, false)
		}
	case "require_reply":
		c.Reply = "*" // any datagram
		if len(s.Words) > 1 {
			d.hex(s, &c.Reply, true)
		}
	case "min_reply_length", "max_reply_length":
		d.refuse("UDP_CHECK", s, "the length of the reply would not be looked at")
	default:
		return false
	}
	return true
}

// hex reads a byte string: blanks are ignored, a lone digit is a byte, X
// stands for any digit where wildcards are allowed (P26). It is kept as pairs
// of digits without blanks.
func (d *decoder) hex(s *Stmt, to *string, wildcard bool) {
	var b strings.Builder
	for _, w := range s.Words[1:] {
		for part := range strings.FieldsSeq(w.Text) {
			for i := range len(part) {
				c := part[i]
				digit := c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
				if !digit && !(wildcard && (c == 'x' || c == 'X')) {
					d.ignored(s, 1, "a string of hexadecimal digits")
					return
				}
			}
			if len(part)%2 == 1 {
				part = part[:len(part)-1] + "0" + part[len(part)-1:]
			}
			b.WriteString(lower(part))
		}
	}
	*to = d.str(b.String())
}
