package agent

import (
	"net/netip"

	"github.com/lbgit/lbgit/runtime/vrrp/engine"
	"github.com/lbgit/lbgit/schema"
)

// onTheWire says where an instance's adverts go and which are believed.
func onTheWire(e *engine.Instance, i *schema.VRRPInstance, s *schema.Settings) {
	e.Interface, e.VRF, e.Config.VRID = i.Interface, i.VRF, i.VRID
	e.Advertised = prefixes(i.Addresses)
	if e.Group = i.MulticastGroup; !e.Group.IsValid() {
		e.Group = s.MulticastGroup
		if i.IsIPv6() {
			e.Group = s.MulticastGroup6
		}
	}
	e.Unicast, e.UnicastTTL, e.CheckSource = i.IsUnicast(), i.UnicastTTL, i.CheckSource
	for _, p := range i.Peers {
		e.Peers = append(e.Peers, engine.Peer{Addr: p.Addr, MinTTL: p.MinTTL, MaxTTL: p.MaxTTL})
	}
	e.Config.Source, e.TrackSource = i.Source, i.TrackSource
	e.ChecksumAsV2, e.OldUnicast = i.ChecksumAsV2, engine.OldUnicast(i.OldChecksum) // the same three, in the same order
	e.SkipAddresses, e.LogUnknown = i.SkipAddresses, s.LogUnknownVRIDs
	e.IgnoreLink, e.ReceiveBuffer = i.NoTrackOwn, int(i.ReceiveBuffer)
	for _, d := range s.InterfaceDelays {
		if d.Name == i.Interface {
			e.DownDelay, e.UpDelay = d.Down, d.Up
		}
	}
	if i.Authentication != nil && i.Authentication.Type == schema.AuthPass {
		e.AuthPass = i.Authentication.Password.Reveal()
	}
}

// announceSource tells the neighbours once where a unicast instance speaks
// from, as they may have lost it with the interface (keepalived vrrp fact 7.4).
func (a *Agent) announceSource(ifname string, source netip.Addr) {
	if ifname == "" {
		return // the routes decide; there is no one interface
	}
	if err := a.arp.Announce(ifname, []netip.Addr{source}, 1); err != nil {
		a.log.Warn("the source address could not be announced", "interface", ifname, "error", err)
	}
}
