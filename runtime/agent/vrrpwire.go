package agent

import (
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
	if i.Authentication != nil && i.Authentication.Type == schema.AuthPass {
		e.AuthPass = i.Authentication.Password.Reveal()
	}
}
