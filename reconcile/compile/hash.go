package compile

import (
	"time"

	"github.com/lbgit/lbgit/schema"
)

// hash is FNV-1a over the fields that are fed to it, written out because the
// seed of hash/maphash changes with every process and an ID must not.
type hash uint64

const fnvOffset, fnvPrime = 14695981039346656037, 1099511628211

func (h *hash) num(n uint64) {
	for range 8 {
		*h = (*h ^ hash(n&0xff)) * fnvPrime
		n >>= 8
	}
}

func (h *hash) dur(d time.Duration) { h.num(uint64(d)) }

func (h *hash) str(s string) {
	h.num(uint64(len(s)))
	for i := range len(s) {
		*h = (*h ^ hash(s[i])) * fnvPrime
	}
}

func (h *hash) flag(b bool) {
	if b {
		h.num(1)
	} else {
		h.num(0)
	}
}

// checkHash covers every field of a check that changes how it is done.
func checkHash(c *schema.Check) uint64 {
	h := hash(fnvOffset)
	h.num(uint64(c.Type))
	for _, d := range [...]time.Duration{c.Interval, c.Timeout, c.RetryDelay, c.Warmup} {
		h.dur(d)
	}
	for _, n := range [...]uint64{uint64(c.Retry), uint64(c.Rise), uint64(c.Jitter), uint64(c.BindPort), uint64(c.Mark)} {
		h.num(n)
	}
	h.str(c.Bind.String())
	for _, s := range [...]string{c.BindInterface, c.HTTPVersion, c.SNI, c.CA, c.Command, c.User, c.QueryType, c.QueryName, c.Helo, c.Payload, c.Reply, c.Track} {
		h.str(s)
	}
	h.flag(c.UntilEOF)
	h.flag(c.Verify)
	h.flag(c.Dynamic)
	if c.Type == schema.CheckHTTP || c.Type == schema.CheckHTTPS {
		for _, u := range c.Requests() {
			h.str(u.Path)
			h.str(u.Host)
			h.str(string(u.Digest[:]))
			for _, s := range u.Status {
				h.num(uint64(s.First)<<16 | uint64(s.Last))
			}
		}
	}
	return uint64(h)
}

// specs remembers the hash of the check seen last: the servers of one virtual
// server mostly share their check.
type specs struct {
	check *schema.Check
	hash  uint64
}

func (s *specs) of(c *schema.Check) uint64 {
	if s.check != c {
		s.check, s.hash = c, checkHash(c)
	}
	return s.hash
}
