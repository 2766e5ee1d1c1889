package keepalived

import (
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/schema"
)

// instanceRules is what keepalived settles about an instance after parsing it
// (facts 2.1 to 2.13).
func (w *world) instanceRules(s *Stmt, v *schema.VRRPInstance, sc *vrrpScan) {
	if sc.master && !sc.prioritySet { // fact 2.3
		v.Priority = 255
		w.Warnf(sc.stateAt.at(), "state MASTER without priority makes instance %q the owner of its addresses, with priority 255", v.Name).
			As("master-without-priority").Because("write the priority that is meant")
	}
	w.preemption(s, v, sc)
	switch {
	case sc.accept != schema.Unset:
		v.Accept = sc.accept == schema.On
	case sc.strict && v.Priority != 255:
		v.Accept = false // fact 2.10
	}
	// Strict mode is silent towards lower priorities, and its owners are deaf.
	v.AnswerLower = sc.g.quietLower == schema.Off || sc.g.quietLower == schema.Unset && !sc.strict
	v.AdvertOnYield = sc.g.lastWord == schema.On
	v.OwnerIgnores = v.Priority == 255 && (sc.g.deafOwner == schema.On || sc.g.deafOwner == schema.Unset && sc.strict)
	w.nativeIPv6(v, sc)
	version := w.cfg.VersionOf(v)
	if sc.fam == schema.IPv6 && v.Version == 0 {
		version = 3
	}
	w.advertInterval(s, v, sc, version)
	w.password(s, v, sc, version)
	if !v.IsUnicast() {
		v.CheckSource = true // the default, which says nothing here
	}
	if sc.unicastSrc != nil && !v.IsUnicast() { // fact 2.13
		w.Warnf(sc.unicastSrc.at(), "unicast_src_ip without unicast_peer: the instance speaks multicast").As("unicast-without-peers").
			Because("that is what keepalived does, too; add unicast_peer or use mcast_src_ip")
	}
	if v.VRF != "" && (!v.IsUnicast() || v.Interface != "") { // fact 2.14
		w.Warnf(s.at(), "instance %q: vrf has no effect: it is for unicast without an interface", v.Name).As("vrf")
		v.VRF = ""
	}
	if v.TrackSource && !v.Source.IsValid() {
		w.Warnf(s.at(), "instance %q: track_src_ip has no effect without a source address", v.Name).As("track-src-ip")
		v.TrackSource = false
	}
	if len(v.Addresses) == 0 && (version == 3 || sc.strict) && !sc.noVIP { // fact 2.11
		w.Warnf(s.at(), "instance %q has no virtual_ipaddress", v.Name).As("no-address").
			Because("keepalived reports that as a configuration error; no_virtual_ipaddress allows it")
	}
	// An advert has room for 255 addresses, or for what one packet of 1,500
	// bytes holds of IPv6; the others are held unnamed (fact 2.12).
	room := 255
	if sc.fam == schema.IPv6 {
		room = 89
	}
	if len(v.Addresses) > room {
		w.Warnf(s.at(), "instance %q has %d addresses and an advert room for %d; the others are held without being named", v.Name, len(v.Addresses), room).
			As("too-many-addresses")
		v.Excluded = append(v.Addresses[room:len(v.Addresses):len(v.Addresses)], v.Excluded...)
		v.Addresses = v.Addresses[:room:room]
	}
	w.virtualMACs(v, sc)
}

// nativeIPv6 makes an instance speak IPv6 whose addresses do not say so.
func (w *world) nativeIPv6(v *schema.VRRPInstance, sc *vrrpScan) {
	switch {
	case sc.native == nil || v.IsIPv6():
	case sc.fam == schema.IPv6:
		if v.MulticastGroup = w.cfg.Settings.MulticastGroup6; !v.MulticastGroup.IsValid() {
			v.MulticastGroup = netip.MustParseAddr("ff02::12")
		}
	default:
		w.Warnf(sc.native.at(), "instance %q: native_ipv6 has no effect on an instance that is IPv4", v.Name).As("family").
			Because("its addresses tell the family")
	}
}

// preemption clears what contradicts the rest (facts 2.4 to 2.6).
func (w *world) preemption(s *Stmt, v *schema.VRRPInstance, sc *vrrpScan) {
	why := ""
	switch {
	case sc.master:
		why = "state MASTER"
	case v.Priority == 255:
		why = "priority 255"
	}
	if !v.Preempt && why != "" {
		w.Warnf(s.at(), "instance %q: nopreempt has no effect with %s", v.Name, why).As("nopreempt").
			Because("keepalived clears it; write state BACKUP on all nodes and a priority below 255")
		v.Preempt = true
	}
	if why = ""; v.PreemptDelay == 0 {
		return
	}
	switch {
	case sc.master:
		why = "state MASTER"
	case sc.strict:
		why = "strict mode"
	case !v.Preempt:
		why = "nopreempt"
	}
	if why != "" {
		w.Warnf(s.at(), "instance %q: preempt_delay has no effect with %s", v.Name, why).As("preempt-delay")
		v.PreemptDelay = 0
	}
}

// advertInterval rounds to what the version can say (fact 2.7).
func (w *world) advertInterval(s *Stmt, v *schema.VRRPInstance, sc *vrrpScan, version uint8) {
	was := v.AdvertInterval
	if version == 2 {
		v.AdvertInterval = min(max(was.Round(time.Second), time.Second), 255*time.Second)
	} else {
		v.AdvertInterval = min(was.Round(10*time.Millisecond), 40950*time.Millisecond)
	}
	if v.AdvertInterval == was {
		return
	}
	at := s.at()
	if sc.advertAt != nil {
		at = sc.advertAt.at()
	}
	w.Warnf(at, "advert_int %s is %s in VRRP version %d", was, v.AdvertInterval, version).As("rounded").
		Because("version 2 has whole seconds, version 3 steps of 10ms up to 40.95s")
}

// password takes the authentication over where it has an effect (facts 2.8,
// 2.9).
func (w *world) password(s *Stmt, v *schema.VRRPInstance, sc *vrrpScan, version uint8) {
	typ, pass := sc.auth.typ, sc.auth.pass
	if sc.hmac != nil { // fact 4.9a
		v.Authentication = sc.hmac
		if typ != nil || pass != nil {
			w.Warnf(s.at(), "instance %q: auth_hmac takes the place of authentication", v.Name).As("auth-ignored")
		}
		return
	}
	if typ == nil && pass == nil {
		return
	}
	at := s.at()
	if typ != nil {
		at = typ.at()
	}
	why := ""
	switch {
	case typ == nil:
		why = "no auth_type is given"
	case pass == nil:
		why = "no auth_pass is given"
	case version == 3:
		why = "VRRP version 3 has none"
	case sc.strict:
		why = "strict mode forbids it"
	case typ.arg(1) == "AH" && sc.fam == schema.IPv6:
		why = "AH is for IPv4"
	}
	if why != "" {
		w.Warnf(at, "instance %q: authentication is ignored: %s", v.Name, why).As("auth-ignored").
			Because("keepalived ignores it, too: adverts are sent and taken without")
		return
	}
	text := pass.arg(1)
	if len(text) > 8 {
		w.Warnf(pass.at(), "auth_pass has %d bytes and is cut to 8, as keepalived does", len(text)).As("auth-pass-length").
			Because("the packet has room for 8")
		text = text[:8]
	}
	v.Authentication = &schema.Authentication{Type: schema.AuthPass, Password: schema.SecretOf(w.str(text))}
	if typ.arg(1) == "AH" {
		v.Authentication.Type = schema.AuthAH
	}
}
