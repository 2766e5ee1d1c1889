package engine

import (
	"reflect"
	"slices"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// adopt takes a configuration and says whether it differs in what peers or the
// protocol can notice.
func (i *instance) adopt(spec Instance) bool {
	before, packet, expect := i.spec, i.packet, i.expect
	source := i.cfg.Source
	i.spec = spec
	i.cfg = spec.Config
	if !i.cfg.Source.IsValid() {
		i.cfg.Source = source
	}
	i.cfg.Source = i.cfg.Source.Unmap()
	i.cfg.Interval = carried(i.cfg)
	i.packet = wire.Packet{
		Version: spec.Config.Version, VRID: spec.Config.VRID, Interval: i.cfg.Interval,
		Addresses: slices.Clone(spec.Advertised), ChecksumAsV2: spec.ChecksumAsV2,
	}
	for n, a := range i.packet.Addresses {
		i.packet.Addresses[n] = a.Unmap()
	}
	i.authenticate(before.HMAC)
	i.expect = wire.Expect{
		Version: spec.Config.Version, Interval: i.cfg.Interval,
		AuthType: i.packet.AuthType, AuthData: i.packet.AuthData,
	}
	i.heard.ChecksumAsV2 = spec.ChecksumAsV2
	i.packet.OldUnicast = spec.Unicast && (spec.OldUnicast == OldUnicastAlways || spec.OldUnicast == OldUnicastAuto && packet.OldUnicast)
	i.checks = i.spec.checksSource()
	i.build()
	return before.Config != spec.Config || expect != i.expect || packet.ChecksumAsV2 != i.packet.ChecksumAsV2 ||
		before.Transmit != spec.Transmit || before.UnicastTTL != spec.UnicastTTL || before.TrackSource != spec.TrackSource ||
		before.IgnoreLink != spec.IgnoreLink || before.AuthAH != spec.AuthAH || !reflect.DeepEqual(before.HMAC, spec.HMAC) || packet.OldUnicast != i.packet.OldUnicast ||
		!slices.Equal(before.Peers, spec.Peers) || !slices.Equal(packet.Addresses, i.packet.Addresses)
}

// authenticate prepares what the instance signs with and what it believes.
func (i *instance) authenticate(before *HMAC) {
	spec := &i.spec
	if !reflect.DeepEqual(before, spec.HMAC) {
		i.hmac = newHMAC(spec.HMAC, i.hmac)
	}
	i.packet.Signed, i.heard.Signed = i.hmac.signs(), i.hmac != nil
	i.ah = nil
	if spec.AuthPass == "" || spec.Config.Version != 2 || i.hmac != nil {
		return // the trailer takes the place of the old ways (fact 4.9a)
	}
	if !spec.AuthAH {
		i.packet.AuthType, i.packet.AuthData = wire.AuthPass, wire.PassAuth(spec.AuthPass)
		return
	}
	i.packet.AuthType, i.ah = wire.AuthAH, wire.NewAHKey(spec.AuthPass)
	// By the clock, so that a restarted router is not taken for a replay of itself.
	i.ahSent = max(i.ahSent, uint32(time.Now().Unix()))
}

// carried is the interval as a packet can carry it (fact 2.7).  The timers and
// the check of peers' packets must go by the same number.
func carried(c vrrp.Config) time.Duration {
	unit, limit := time.Second, 255*time.Second
	if c.Version == 3 {
		unit, limit = 10*time.Millisecond, 40950*time.Millisecond
	}
	if c.Interval <= 0 {
		return time.Second
	}
	return min(max(c.Interval.Round(unit), unit), limit)
}
