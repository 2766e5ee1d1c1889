package keepalived

import "strings"

// idle is a group of keywords that have no effect here, with the reason and what
// does the same. docs/keepalived-differences.md lists them all; a test compares.
type idle struct{ block, keywords, why, instead string }

var idles = []idle{
	{"global_defs", "process_names process_name vrrp_process_name checker_process_name lvs_process_name bfd_process_name",
		"there is one process, and its name is lbgit", "name the service"},
	{"global_defs", "vrrp_priority checker_priority bfd_priority",
		"lbgit's nice value is the service manager's", "Nice= in the unit"},
	{"global_defs", "vrrp_rt_priority checker_rt_priority bfd_rt_priority max_auto_priority min_auto_priority_delay",
		"lbgit's scheduling is the service manager's", "CPUSchedulingPolicy=rr and CPUSchedulingPriority= in the unit"},
	{"global_defs", "vrrp_rlimit_rttime vrrp_rlimit_rtime checker_rlimit_rttime checker_rlimit_rtime bfd_rlimit_rttime bfd_rlimit_rtime",
		"lbgit's limits are the service manager's", "LimitRTTIME= in the unit"},
	{"global_defs", "vrrp_cpu_affinity checker_cpu_affinity bfd_cpu_affinity",
		"lbgit's processors are the service manager's", "CPUAffinity= in the unit"},
	{"global_defs", "vrrp_no_swap checker_no_swap bfd_no_swap",
		"lbgit's memory is the service manager's", "MemorySwapMax=0 in the unit"},
	{"root", "child_wait_time", "there are no children to wait for", "TimeoutStopSec= in the unit"},
	{"root", "instance use_pid_dir", "there are no pid files: a socket tells that lbgit runs", "lbgit run --state-dir and --socket, if there are several"},
	{"global_defs", "data_use_instance", "there are no dump files to name", "lbgit status --format json"},
	{"global_defs", "state_dump_file stats_dump_file json_dump_file json_version",
		"nothing is dumped on a signal", "lbgit status --format json"},
	{"vrrp_instance", "debug", "keepalived accepts it and does nothing", "lbgit status tells what an instance does and why"},

	{"global_defs", "snmp_socket enable_traps enable_snmp_vrrp enable_snmp_keepalived enable_snmp_rfc enable_snmp_rfcv2 enable_snmp_rfcv3 enable_snmp_checker " +
		"snmp_vs_stats_update_interval snmp_rs_stats_update_interval",
		"lbgit has no SNMP agent", "states are told by scripts, FIFOs, mail and lbgit status --format json"},
	{"global_defs", "enable_dbus dbus_service_name dbus_no_interface_name",
		"lbgit has no D-Bus interface", "the control socket, by lbgit status --format json"},

	{"global_defs", "vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs vrrp_netlink_monitor_rcv_bufs_force " +
		"lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force lvs_netlink_monitor_rcv_bufs lvs_netlink_monitor_rcv_bufs_force",
		"after a loss of events the kernel is read anew", ""},
	{"global_defs", "process_monitor_rcv_bufs process_monitor_rcv_bufs_force",
		"the buffer holds some ten thousand events, and after a loss processes are counted anew", ""},

	{"global_defs", "vrrp_rx_bufs_policy vrrp_rx_bufs_multiplier", "each socket has room for about a thousand adverts", "kernel_rx_buf_size of an instance is honoured"},
	{"root", "linkbeat_interfaces linkbeat_use_polling", "nothing is polled: the kernel tells when an interface loses its carrier", ""},
	{"vrrp_instance", "linkbeat_use_polling", "nothing is polled: the kernel tells when an interface loses its carrier", ""},

	{"root", "net_namespace net_namespace_ipvs",
		"lbgit works, with addresses and services, in the network namespace that it is started in", "ip netns exec NAME lbgit run, or NetworkNamespacePath= in the unit"},
	{"root", "namespace_with_ipsets", "there are no ipsets", ""},
	{"global_defs", "vrrp_iptables vrrp_ipsets nftables nftables_priority nftables_ifindex nftables_counters",
		"lbgit has a table of its own, inet lbgit, for what no_accept drops; VMACs need no rules here", ""},
	{"global_defs", "nftables_ipvs nftables_ipvs_priority nftables_ipvs_start_fwmark",
		"every address and port of a virtual_server_group is an IPVS service of its own; no marks are given out", ""},
	{"global_defs", "disable_local_igmp", "adverts are heard on the interface itself, so a VMAC joins no group", "net.ipv4.igmp_link_local_mcast_reports = 0 in sysctl.d, where other programs join groups"},
	{"global_defs", "lvs_flush", "what is not lbgit's is never touched, and what is lbgit's is put right at the start", "ipvsadm -C before the first start"},

	{"global_defs", "include_check", "each include says itself how strict it is", "includea, includer, includem, includew or includeb where it should be an error"},
	{"global_defs", "config_save_dir tmp_config_directory", "no copies of the configuration are written", "lbgit convert writes what was understood"},
	{"global_defs", "reload_file", "nothing has to be kept from changing files while they are read: a revision is whole or refused", "lbgit status shows the revision in force"},
	{"global_defs", "reload_time_file reload_repeat", "lbgit has no timetable of its own", "a timer that sends SIGHUP, or a git push at that time"},
	{"global_defs", "random_seed", "it is for tests of keepalived itself", ""},
	{"global_defs", "iproute_usr_dir iproute_etc_dir", "names of routing tables are looked up where iproute2 has them on this machine", "a number in place of the name"},
	{"global_defs", "use_symlink_paths", "a script is always run by the path that is written, and what its links lead to is inspected", ""},

	{"global_defs", "no_checker_emails rs_init_notifies", "nothing is sent or run about servers yet", ""},
	{"global_defs", "checker_log_all_failures", "failures of checks are counted, not logged one by one", "lbgit status shows the last one of each server"},
}

// idleKeyword reports a keyword that has no effect here.
func (d *decoder) idleKeyword(block string, s *Stmt) bool {
	for _, i := range idles {
		if i.block != block {
			continue
		}
		for kw := range strings.FieldsSeq(i.keywords) {
			if kw != s.Keyword() {
				continue
			}
			w := d.Warnf(s.at(), "%s is ignored: %s", kw, i.why).As("ignored")
			if i.instead != "" {
				w.Because("instead: %s", i.instead)
			}
			return true
		}
	}
	return false
}
