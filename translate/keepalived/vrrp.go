package keepalived

import (
	"fmt"
	"strconv"
	"time"

	"github.com/lbgit/lbgit/schema"
)

// vrrpScan is a vrrp_instance while its block is read.
type vrrpScan struct {
	g           globals
	master      bool
	stateAt     *Stmt
	prioritySet bool
	strict      bool
	accept      schema.Tri
	fam         schema.Family
	unicastSrc  *Stmt
	advertAt    *Stmt
	noVIP       bool
	native      *Stmt
	auth        struct{ typ, pass *Stmt }
	hmac        *schema.Authentication
	vmac        struct{ base, addresses, ipvlan *Stmt }
	tracks      []*Stmt
}

// instance maps one vrrp_instance.
func (w *world) instance(in *instance, members map[string]bool) {
	s := in.stmt
	v := &schema.VRRPInstance{Name: w.str(s.arg(1)), Src: s.src()}
	v.SetDefaults()
	v.DownAdverts = in.g.down
	v.CheckSource, v.ChecksumAsV2, v.SkipAddresses = in.g.checkSource, in.g.checksumAsV2, in.g.skipAddresses
	in.g.least()
	sc := vrrpScan{g: in.g, strict: w.cfg.Settings.Strict}
	for i := range s.Block {
		w.instanceLine(v, &sc, &s.Block[i])
	}
	w.instanceTracks(v, &sc, in.seen)
	announcements(v, &sc, &in.g)
	w.instanceRules(s, v, &sc)
	weightless, member := members[v.Name]
	switch who := fmt.Sprintf("instance %q", v.Name); {
	case v.Priority == 255:
		w.stripWeights(s, who, &v.Tracking, whyOwner)
	case member && weightless:
		w.stripWeights(s, who, &v.Tracking, whyMember)
	}
	w.cfg.Instances = append(w.cfg.Instances, v)
}

// instanceTracks maps the track_* blocks of an instance.
func (w *world) instanceTracks(v *schema.VRRPInstance, sc *vrrpScan, seen int) {
	tr := tracking{who: fmt.Sprintf("instance %q", v.Name), own: v.Interface, seen: seen, to: &v.Tracking}
	if v.NoTrackOwn {
		tr.own = ""
	}
	for _, t := range sc.tracks {
		w.tracks(tr, t)
	}
}

// instanceLine maps one statement of a vrrp_instance block.
func (w *world) instanceLine(v *schema.VRRPInstance, sc *vrrpScan, s *Stmt) {
	switch kw := s.Keyword(); kw {
	case "state":
		w.state(sc, s)
	case "interface":
		if w.device(s, 1, &v.Interface); v.Interface == "lo" { // fact 1.40
			w.Warnf(s.at(), "the loopback interface cannot carry adverts; ignored").As("bad-value")
			v.Interface = ""
		}
		w.most(s, 1)
	case "virtual_router_id":
		if n, ok := w.number(s, 1, 1, 255); ok {
			v.VRID = uint8(n)
		}
		w.most(s, 1)
	case "priority":
		if n, ok := w.number(s, 1, 1, 255); ok {
			v.Priority = uint8(n)
		}
		sc.prioritySet = true // a bad one becomes 100 (fact 2.3)
		w.most(s, 1)
	case "version":
		if n, ok := w.number(s, 1, 2, 3); ok {
			v.Version = uint8(n)
		}
	case "advert_int":
		if t, ok := w.timer(s, 1, 10*time.Millisecond, 255*time.Second); ok {
			v.AdvertInterval, sc.advertAt = t, s
		}
		w.most(s, 1)
	case "down_timer_adverts":
		if n, ok := w.number(s, 1, 1, 100); ok {
			v.DownAdverts = uint8(n)
		}
	case "nopreempt":
		v.Preempt = false
	case "preempt":
		v.Preempt = true
	case "preempt_delay":
		if t, ok := w.timer(s, 1, 0, 1000*time.Second); ok {
			v.PreemptDelay = t
		}
		w.most(s, 1)
	case "accept":
		sc.accept = schema.On
	case "no_accept":
		sc.accept = schema.Off
	case "strict_mode":
		if w.tri(s, &v.Strict); v.Strict != schema.Unset {
			sc.strict = v.Strict == schema.On
		}
	case "lower_prio_no_advert":
		w.tri(s, &sc.g.quietLower)
	case "higher_prio_send_advert":
		w.tri(s, &sc.g.lastWord)
	case "owner_ignore_adverts":
		w.tri(s, &sc.g.deafOwner)
	case "timer_expired_backup", "thread_timer_expired":
		w.Notef(s.at(), "%s is what lbgit always does", kw).As("always-on").
			Because("an instance whose process was stopped for longer than the master-down time listens before it speaks, whether it may preempt or not")
	case "authentication":
		w.authentication(sc, s)
	case "auth_hmac":
		w.hmac(sc, s)
	case "virtual_ipaddress":
		w.addresses(s, sc, &v.Addresses, true)
	case "virtual_ipaddress_excluded":
		w.addresses(s, sc, &v.Excluded, false)
	case "no_virtual_ipaddress":
		sc.noVIP = true
	case "virtual_routes":
		for i := range s.Block {
			if r, ok := w.route(&s.Block[i]); ok {
				v.Routes = append(v.Routes, r)
			}
		}
	case "virtual_rules":
		for i := range s.Block {
			if r, ok := w.rule(&s.Block[i]); ok {
				v.Rules = append(v.Rules, r)
			}
		}
	case "native_ipv6":
		sc.native = s
		if sc.fam == schema.AnyFamily {
			sc.fam = schema.IPv6
		}
	case "mcast_src_ip", "unicast_src_ip":
		if a, ok := w.addr(s, 1); ok && w.fits(sc, s, a) {
			if v.Source = a; kw == "unicast_src_ip" {
				sc.unicastSrc = s
			}
		}
	case "mcast_dst_ip":
		if a, ok := w.addr(s, 1); ok && !a.IsMulticast() {
			w.ignored(s, 1, "a multicast address")
		} else if ok && w.fits(sc, s, a) {
			v.MulticastGroup = a
		}
	case "unicast_peer":
		w.peers(v, sc, s)
	case "unicast_fault_no_peer":
		v.UnicastOnly = true
	case "unicast_ttl":
		if n, ok := w.number(s, 1, 1, 255); ok {
			v.UnicastTTL = uint8(n)
		}
	case "check_unicast_src":
		v.CheckSource = true
	case "v3_checksum_as_v2":
		v.ChecksumAsV2 = true
		w.bool(s, &v.ChecksumAsV2)
	case "old_unicast_checksum":
		v.OldChecksum = schema.OldChecksumAlways
		if s.arg(1) == "never" {
			v.OldChecksum = schema.OldChecksumNever
		}
	case "skip_check_adv_addr":
		v.SkipAddresses = true
		w.bool(s, &v.SkipAddresses)
	case "kernel_rx_buf_size":
		if n, ok := w.number(s, 1, 1, 1<<31-1); ok {
			v.ReceiveBuffer = uint32(n)
		}
	case "vrf":
		w.device(s, 1, &v.VRF)
	case "use_vmac":
		w.vmac(v, s)
	case "use_ipvlan":
		sc.vmac.ipvlan = s
		w.ipvlan(v, s)
	case "vmac_xmit_base":
		sc.vmac.base = s
	case "use_vmac_addr":
		sc.vmac.addresses = s
	case "promote_secondaries":
		v.PromoteSecondaries = true
	case "dont_track_primary":
		v.NoTrackOwn = true
	case "track_script", "track_interface", "track_file", "track_process", "track_bfd":
		sc.tracks = append(sc.tracks, s)
	case "track_src_ip":
		v.TrackSource = true
	case "lvs_sync_daemon_interface": // the old form of lvs_sync_daemon (Y5)
		d := &schema.SyncDaemon{Instance: v.Name, ID: v.VRID}
		if w.device(s, 1, &d.Interface); d.Interface != "" && w.cfg.Settings.SyncDaemon == nil {
			w.cfg.Settings.SyncDaemon = d
		}
	default:
		if !w.garpLine(&sc.g, s, "") && !w.notifyLine(&v.Notify, s) {
			w.unknown("vrrp_instance", s)
		}
	}
}

func (w *world) wholeSeconds(s *Stmt, to *time.Duration) {
	if n, ok := w.number(s, 1, 0, 1<<32-1); ok {
		*to = time.Duration(n) * time.Second
	}
}

func (w *world) atLeastOne(s *Stmt, to *uint32) {
	if n, ok := w.number(s, 1, 0, 1<<32-1); ok {
		if n == 0 {
			w.Warnf(s.at(), "%s 0 becomes 1", s.Keyword()).As("bad-value")
			n = 1
		}
		if n > 100 {
			w.Warnf(s.at(), "%s %d becomes 100", s.Keyword(), n).As("bad-value").Because("more rounds tell nobody anything new")
			n = 100
		}
		*to = uint32(n)
	}
}

func parseByte(s string) (uint8, error) {
	n, err := strconv.ParseUint(s, 10, 8)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number up to 255", s)
	}
	return uint8(n), nil
}
