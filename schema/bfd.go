package schema

import (
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/schema/diag"
)

// BFDSession watches a neighbour by BFD (RFC 5880, asynchronous mode).
type BFDSession struct {
	Name  string   `conf:"name,label"`
	Nodes []string `conf:"nodes"`
	// Neighbor is the other end; a link-local address has a zone (fe80::1%eth0).
	Neighbor netip.Addr `conf:"neighbor"`
	// Source is the local address; left out, the kernel chooses.
	Source netip.Addr `conf:"source_address"`
	// MinRX and MinTX are the shortest intervals between packets received and
	// sent while the session is up, 1 ms to 71 min; IdleTX is that of sending
	// while it is not, at least 1 s.
	MinRX  time.Duration `conf:"min_rx"`
	MinTX  time.Duration `conf:"min_tx"`
	IdleTX time.Duration `conf:"idle_tx"`
	// Multiplier is how many packets in a row the neighbour must miss before it
	// gives this node up, 1 to 255.
	Multiplier uint8 `conf:"multiplier"`
	// Passive waits for the neighbour to speak first.
	Passive bool `conf:"passive"`
	// Multihop is for a neighbour behind routers (RFC 5883, port 4784).
	Multihop bool `conf:"multihop"`
	// TTL is sent, and what received packets are measured by: they may have up
	// to MaxHops (-1 to 255) less. 255 hops switch the check off.
	TTL     uint8 `conf:"ttl"`
	MaxHops int32 `conf:"max_hops"`
	// Weight is for instances that track the session and say none, -253 to 253;
	// Reverse turns it around.
	Weight  int32 `conf:"weight"`
	Reverse bool  `conf:"reverse"`
	// For says who may use the session.
	For BFDUse `conf:"for"`

	Src diag.Range `conf:"-"`
}

// SetDefaults: keepalived has the same but for the TTL, which RFC 5881 section
// 5 wants to be 255 for IPv6, too.
func (b *BFDSession) SetDefaults() {
	b.MinRX, b.MinTX, b.IdleTX = 10*time.Millisecond, 10*time.Millisecond, time.Second
	b.Multiplier = 5
	b.TTL = 255
}

// BFDUse is who may use a BFD session.
type BFDUse uint8

// Instances and checks may, by default.
const (
	BFDBoth BFDUse = iota
	BFDVRRP
	BFDChecker
)

var bfdUseNames = names{"both", "vrrp", "checker"}

func (b BFDUse) String() string               { return bfdUseNames.name(uint8(b)) }
func (b BFDUse) MarshalText() ([]byte, error) { return []byte(b.String()), nil }
func (b *BFDUse) UnmarshalText(t []byte) error {
	v, err := bfdUseNames.find("use of a BFD session", t, 0)
	*b = BFDUse(v)
	return err
}
