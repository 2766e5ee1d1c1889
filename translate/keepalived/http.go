package keepalived

import "github.com/lbgit/lbgit/schema"

// httpLine maps what HTTP_GET and SSL_GET have beside their connection.
func (d *decoder) httpLine(c *schema.Check, k *checkScan, s *Stmt, block string) bool {
	switch s.Keyword() {
	case "nb_get_retry": // the old name of retry
		if n, ok := d.number(s, 1, 0, 1<<32-1); ok {
			k.retry, k.hasRetry = uint32(n), true
		}
	case "virtualhost":
		d.word1(s, &k.host)
		k.ownHost = k.host
	case "http_protocol":
		if !d.need(s, 1) {
			return true
		}
		switch s.arg(1) {
		case "1.0", "1.1":
			c.HTTPVersion = d.str(s.arg(1))
		case "1.0C", "1.0c":
			c.HTTPVersion = "1.0C"
		default:
			d.ignored(s, 1, "1.0, 1.0C or 1.1")
		}
	case "enable_sni":
		d.bool(s, &k.sni)
	case "sni_name":
		k.sni = true
		if len(s.Words) > 1 {
			d.word1(s, &k.sniName)
		}
	case "url":
		d.url(k, s, block+".url")
	default:
		return false
	}
	return true
}

// url reads one request.
func (d *decoder) url(k *checkScan, u *Stmt, block string) {
	var url schema.URL
	for i := range u.Block {
		s := &u.Block[i]
		switch s.Keyword() {
		case "path":
			d.word1(s, &url.Path)
		case "digest":
			if !d.need(s, 1) {
				break
			}
			if !url.Digest.IsZero() {
				d.Warnf(s.at(), "a second digest is ignored").As("repeated")
			} else if url.Digest.UnmarshalText([]byte(s.arg(1))) != nil {
				url.Digest = schema.Digest{}
				d.ignored(s, 1, "32 hexadecimal digits")
			}
		case "status_code":
			d.statusCodes(&url, s)
		case "virtualhost":
			d.word1(s, &url.Host)
		case "regex":
			d.refuse(block, s, "a server whose page does not match would count as healthy; use digest or a script check")
		default:
			d.unknown(block, s)
		}
	}
	if len(url.Status) == 0 { // P23
		url.Status = okStatus
	}
	if url.Path == "" {
		d.Errorf(u.at(), "url without path").As("check-incomplete").
			Because("keepalived drops the check and takes the server as healthy; add a path")
		k.bad = true
		return
	}
	k.urls = append(k.urls, url)
}

// okStatus is shared by all checks that name no status; nobody changes it.
var okStatus = []schema.StatusRange{{First: 200, Last: 299}}

// statusCodes adds codes and ranges; several lines add up (P23).
func (d *decoder) statusCodes(url *schema.URL, s *Stmt) {
	if !d.need(s, 1) {
		return
	}
	for i := 1; i < len(s.Words); i++ {
		var r schema.StatusRange
		if r.UnmarshalText([]byte(s.arg(i))) != nil {
			d.ignored(s, i, "a status from 100 to 599 or a range of them")
			continue
		}
		url.Status = append(url.Status, r)
	}
}

// requests puts the requests into the check: one into its own fields, several
// into the list. The host is the first of url, check, real server, virtual
// server (C4); the name for SNI leaves the real server out (C15).
func (d *decoder) requests(c *schema.Check, k *checkScan) {
	c.Host = k.host
	c.UntilEOF = true // C6
	sni := k.ownHost
	if sni == "" {
		sni = d.scan.vhost
	}
	if len(k.urls) == 1 {
		u := k.urls[0]
		c.Path, c.Status, c.Digest = u.Path, u.Status, u.Digest
		if u.Host != "" {
			c.Host, sni = u.Host, u.Host
		}
	} else {
		c.URLs = k.urls
	}
	if !k.sni || c.Type != schema.CheckHTTPS {
		return
	}
	if c.SNI = sni; k.sniName != "" {
		c.SNI = k.sniName
		return
	}
	for _, u := range k.urls {
		if u.Host != "" && u.Host != c.SNI {
			d.Warnf(c.Src, "the urls of this check have different hosts; SNI is %q for all of them", c.SNI).As("sni")
			break
		}
	}
}
