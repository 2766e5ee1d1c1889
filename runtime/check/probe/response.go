package probe

import (
	"bytes"
	"crypto/md5" // the digest of keepalived's configurations, not a secret (C11)
	"errors"
	"hash"
	"strconv"
)

const (
	// maxHeader bounds the header block, and apart from it the trailer; keepalived allows 4 KiB (C7).
	maxHeader = 64 << 10
	// maxBody bounds the body of one response; the timeout bounds it, too.
	maxBody = 64 << 20
)

// Errors of the response parser.
var (
	errNotHTTP     = errors.New("not an HTTP response")
	errHeaderSize  = errors.New("the response header is larger than 64 KiB")
	errBodySize    = errors.New("the response body is larger than 64 MiB")
	errLength      = errors.New("malformed Content-Length")
	errChunk       = errors.New("malformed chunk")
	errNoResponse  = errors.New("the connection ended without a response")
	errCutHeader   = errors.New("the connection ended within the response header")
	errCutBody     = errors.New("the connection ended within the response body")
	errInterimMany = errors.New("too many interim responses")
)

// response reads one HTTP response from pieces of any size. It keeps the header block only, never the body, and is bounded in
// memory whatever the server sends. Use begin before each response.
type response struct {
	toEOF bool // the body is what comes until the end of the connection (C6)
	head  bool // the request was HEAD: no body

	header  []byte // the header block so far; later the trailer is counted only
	scanned int    // how much of header holds no end
	interim int    // interim responses that were skipped

	status int   // 0 until the header is complete
	length int64 // Content-Length, -1 if none
	body   int64 // bytes of body so far, coding removed
	sum    hash.Hash
	hashed bool // sum is wanted
	chunk  chunks
}

// begin makes r ready for a response to a request.
func (r *response) begin(toEOF, head, hashed bool) {
	*r = response{toEOF: toEOF, head: head, hashed: hashed, header: r.header[:0], sum: r.sum, length: -1}
	if hashed {
		if r.sum == nil {
			r.sum = md5.New()
		}
		r.sum.Reset()
	}
}

// feed takes the next bytes. It returns true when the response is complete; more bytes are ignored then.
func (r *response) feed(p []byte) (done bool, err error) {
	for r.status == 0 {
		rest, err := r.feedHeader(p)
		if err != nil || r.status == 0 && len(rest) == 0 {
			return false, err
		}
		p = rest
	}
	return r.feedBody(p)
}

// feedHeader collects the header block and returns what follows it.
func (r *response) feedHeader(p []byte) (rest []byte, err error) {
	room := maxHeader + 1 - len(r.header)
	taken := min(room, len(p))
	before := len(r.header)
	r.header = append(r.header, p[:taken]...)
	if !plausible(r.header) {
		return nil, errNotHTTP
	}
	end := headerEnd(r.header, r.scanned)
	if end < 0 {
		if len(r.header) > maxHeader {
			return nil, errHeaderSize
		}
		// An end that is cut in two begins at most three bytes back.
		r.scanned = max(len(r.header)-3, 0)
		return nil, nil
	}
	if err := r.parseHeader(r.header[:end]); err != nil {
		return nil, err
	}
	r.header, r.scanned = r.header[:0], 0
	return p[end-before:], nil
}

// plausible says whether the bytes so far can begin a response, so that a server of another protocol fails at once.
func plausible(b []byte) bool {
	const prefix = "HTTP/"
	n := min(len(b), len(prefix))
	return string(b[:n]) == prefix[:n]
}

// headerEnd returns the length of the header block with its empty line, or -1. Bare line feeds are tolerated.
func headerEnd(b []byte, from int) int {
	for i := from; i < len(b); i++ {
		if b[i] != '\n' {
			continue
		}
		if i+1 < len(b) && b[i+1] == '\n' {
			return i + 2
		}
		if i+2 < len(b) && b[i+1] == '\r' && b[i+2] == '\n' {
			return i + 3
		}
	}
	return -1
}

// parseHeader reads the status line and the fields that end a body. An interim response (1xx, but not 101) leaves status at 0.
func (r *response) parseHeader(block []byte) error {
	line, block, _ := bytes.Cut(block, []byte("\n"))
	status, ok := parseStatusLine(line)
	if !ok {
		return errNotHTTP
	}
	if status < 200 && status != 101 {
		if r.interim++; r.interim > 8 {
			return errInterimMany
		}
		return nil
	}
	r.status = status
	for len(block) > 0 {
		line, block, _ = bytes.Cut(block, []byte("\n"))
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		value = bytes.TrimSpace(value)
		switch {
		case equalFold(name, "content-length"):
			n, err := strconv.ParseUint(string(value), 10, 62)
			if err != nil || r.length >= 0 && r.length != int64(n) {
				return errLength
			}
			r.length = int64(n)
		case equalFold(name, "transfer-encoding"):
			last := value[bytes.LastIndexByte(value, ',')+1:]
			r.chunk.on = equalFold(bytes.TrimSpace(last), "chunked")
		}
	}
	return nil
}

// parseStatusLine reads "HTTP/1.1 200 OK". The reason may be missing, with its blank, too (keepalived needs the blank, C8).
func parseStatusLine(line []byte) (status int, ok bool) {
	line = bytes.TrimRight(line, "\r")
	_, rest, ok := bytes.Cut(line, []byte(" "))
	if !ok {
		return 0, false
	}
	rest = bytes.TrimLeft(rest, " ")
	if len(rest) < 3 || len(rest) > 3 && rest[3] != ' ' {
		return 0, false
	}
	for _, c := range rest[:3] {
		if c < '0' || c > '9' {
			return 0, false
		}
		status = status*10 + int(c-'0')
	}
	return status, status >= 100
}

// equalFold compares with an ASCII text in lower case, without allocation.
func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// feedBody takes bytes of the body.
func (r *response) feedBody(p []byte) (done bool, err error) {
	switch {
	case r.toEOF:
		return false, r.count(p)
	case r.head || r.status == 101 || r.status == 204 || r.status == 304:
		return true, nil
	case r.chunk.on:
		return r.chunk.feed(p, r.count)
	case r.length < 0:
		return false, r.count(p)
	}
	p = p[:min(int64(len(p)), r.length-r.body)]
	err = r.count(p)
	return r.body == r.length, err
}

// count adds bytes to the body and to the digest, which ends at Content-Length even if more comes (C11, G2).
func (r *response) count(p []byte) error {
	if r.hashed {
		part := p
		if r.length >= 0 && !r.chunk.on {
			part = p[:min(int64(len(p)), max(r.length-r.body, 0))]
		}
		r.sum.Write(part)
	}
	if r.body += int64(len(p)); r.body > maxBody {
		return errBodySize
	}
	return nil
}

// end tells that the connection has ended, and returns whether the response is complete by that.
func (r *response) end() error {
	switch {
	case r.status == 0 && len(r.header) == 0 && r.interim == 0:
		return errNoResponse
	case r.status == 0:
		return errCutHeader
	case r.toEOF:
		return nil // a length that does not fit is no failure there (C11)
	case r.chunk.on, r.length >= 0:
		return errCutBody // a complete one has been reported by feed
	}
	return nil
}

// digest returns the MD5 sum of the body.
func (r *response) digest() (sum [16]byte) {
	if r.hashed {
		r.sum.Sum(sum[:0])
	}
	return sum
}
