package agent

import (
	"net/netip"
	"os"

	"github.com/lbgit/lbgit/runtime/link"
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
	if a := i.Authentication; a != nil {
		e.AuthPass, e.AuthAH = a.Password.Reveal(), a.Type == schema.AuthAH
		if a.Type == schema.AuthHMAC {
			e.HMAC = hmacOf(a)
		}
	}
}

// hmacOf gives the engine its keys. One whose file cannot be read is left out,
// which is a fault of the instance if it is the active one: it never goes
// without.
func hmacOf(a *schema.Authentication) *engine.HMAC {
	h := &engine.HMAC{
		Keys: map[uint8][]byte{}, Active: a.ActiveKey, Window: a.Window,
		Monotonic: a.Replay == schema.ReplayMonotonic, Mode: engine.HMACMode(a.Mode), // the same three, in the same order
	}
	for n := range a.Keys {
		k := &a.Keys[n]
		key, path, err := k.Key()
		if path != "" {
			var text []byte
			if text, err = os.ReadFile(path); err == nil {
				key, err = k.FromFile(text)
			}
		}
		if err == nil {
			h.Keys[k.ID] = key
		}
	}
	return h
}

// announceSource tells the neighbours once where a unicast instance speaks
// from, as they may have lost it with the interface (keepalived vrrp fact 7.4).
func (a *Agent) announceSource(ifname string, source netip.Addr) {
	if ifname == "" {
		return // the routes decide; there is no one interface
	}
	if err := a.arp.Announce(link.Burst{Link: ifname, Base: ifname, Addrs: []netip.Addr{source}, Repeat: 1}); err != nil {
		a.log.Warn("the source address could not be announced", "interface", ifname, "error", err)
	}
}
