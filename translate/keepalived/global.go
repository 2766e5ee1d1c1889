package keepalived

import (
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/schema"
)

// globalLine maps one statement of global_defs.
func (w *world) globalLine(s *Stmt) {
	c := &w.cfg.Settings
	switch kw := s.Keyword(); kw {
	case "router_id":
		w.word1(s, &c.RouterID)
	case "vrrp_version":
		if n, ok := w.number(s, 1, 2, 3); ok {
			c.VRRPVersion = uint8(n)
		}
	case "vrrp_strict":
		w.bool(s, &c.Strict)
	case "vrrp_mcast_group4", "vrrp_mcast_group6":
		a, ok := w.addr(s, 1)
		if v6 := kw == "vrrp_mcast_group6"; ok && (!a.IsMulticast() || a.Is6() != v6) {
			w.ignored(s, 1, "a multicast group of that family")
		} else if ok && v6 {
			c.MulticastGroup6 = a
		} else if ok {
			c.MulticastGroup = a
		}
	case "vrrp_startup_delay", "vrrp_delay_after_boot":
		if v, ok := w.timer(s, 1, time.Millisecond, 4294967*time.Second); ok && kw == "vrrp_startup_delay" {
			c.StartupDelay = v
		} else if ok {
			c.BootDelay = v
		}
	case "vrrp_lower_prio_no_advert":
		w.tri(s, &w.g.quietLower)
	case "vrrp_higher_prio_send_advert":
		w.tri(s, &w.g.lastWord)
	case "vrrp_owner_ignore_adverts":
		w.tri(s, &w.g.deafOwner)
	case "lvs_flush_on_stop", "lvs_flush_onstop":
		w.flushOnStop(s)
	case "lvs_timeouts":
		w.timeouts(s)
	case "lvs_sync_daemon":
		w.syncDaemon(s)
	case "script_user":
		c.ScriptUser, c.ScriptGroup = w.account(s)
	case "enable_script_security":
		c.ScriptSecurity = true
	case "set_supplementary_groups":
		w.bool(s, &c.ScriptGroups)
	case "reload_check_config":
		w.Notef(s.at(), "reload_check_config is what lbgit always does").As("always-on").
			Because("a revision that is not in order is refused, and the last good one stays in force")
	case "default_interface":
		w.device(s, 1, &w.g.dev)
	case "vmac_prefix":
		w.device(s, 1, &c.VMACPrefix)
	case "vmac_addr_prefix":
		w.device(s, 1, &c.VMACAddressPrefix)
	case "dynamic_interfaces": // an instance always waits for its interface
	case "nopreempt", "preempt":
		w.nopreempt(s)
	case "vrrp_down_timer_adverts":
		if n, ok := w.number(s, 1, 1, 100); ok {
			w.g.down = uint8(n)
		}
	case "v3_checksum_as_v2":
		w.g.checksumAsV2 = true
		w.bool(s, &w.g.checksumAsV2)
	case "vrrp_skip_check_adv_addr":
		w.g.skipAddresses = true
		w.bool(s, &w.g.skipAddresses)
	case "log_unknown_vrids":
		c.LogUnknownVRIDs = true
	case "vrrp_check_unicast_src":
		w.g.checkSource = true
	default:
		if !w.mailLine(s) && !w.garpLine(&w.g, s, "vrrp_") && !w.fifoLine(s) && !w.hookLine(s) {
			w.unknown("global_defs", s)
		}
	}
}

func (w *world) flushOnStop(s *Stmt) {
	if len(s.Words) > 1 && s.arg(1) != "VS" {
		w.ignored(s, 1, "VS or nothing")
		return
	}
	w.cfg.Settings.FlushOnStop = true
	if len(s.Words) == 1 { // X2
		w.Warnf(s.at(), "%s removes only lbgit's own services", s.Keyword()).As("flush-foreign").
			Because("keepalived wipes the services of others, too")
	}
}

// timeouts reads pairs of name and seconds; at least one.
func (w *world) timeouts(s *Stmt) {
	if !w.need(s, 2) {
		return
	}
	t := &schema.Timeouts{}
	for i := 1; i < len(s.Words); i += 2 {
		var to *time.Duration
		switch s.arg(i) {
		case "tcp":
			to = &t.TCP
		case "tcpfin":
			to = &t.TCPFin
		case "udp":
			to = &t.UDP
		default:
			w.ignored(s, i, "tcp, tcpfin or udp")
			continue
		}
		if n, ok := w.number(s, i+1, 0, 2678400); ok {
			*to = time.Duration(n) * time.Second
		}
	}
	w.cfg.Settings.Timeouts = t
}

// syncDaemon reads the interface and named options; older files give the
// instance and the id by position (Y5).
func (w *world) syncDaemon(s *Stmt) {
	d := &schema.SyncDaemon{}
	if w.device(s, 1, &d.Interface); d.Interface == "" {
		return
	}
	for i := 2; i < len(s.Words); i++ {
		switch word := s.arg(i); word {
		case "inst":
			i++
			d.Instance = w.str(s.arg(i))
		case "id", "maxlen", "port", "ttl":
			i++
			limit := map[string]int64{"id": 255, "maxlen": 65507, "port": 65535, "ttl": 255}[word]
			n, ok := w.number(s, i, 0, limit)
			switch {
			case !ok:
			case word == "id":
				d.ID = uint8(n)
			case word == "maxlen":
				d.MaxLen = uint16(n)
			case word == "port":
				d.Port = uint16(n)
			case word == "ttl":
				d.TTL = uint8(n)
			}
		case "group":
			i++
			if a, err := netip.ParseAddr(s.arg(i)); err == nil && a.IsMulticast() {
				d.Group = a
			} else {
				w.ignored(s, i, "a multicast address")
			}
		default:
			if n, err := parseByte(word); err == nil && d.Instance != "" {
				d.ID = n
			} else if d.Instance == "" {
				d.Instance = w.str(word)
			} else {
				w.ignored(s, i, "an option of lvs_sync_daemon")
			}
		}
	}
	w.cfg.Settings.SyncDaemon = d
}
