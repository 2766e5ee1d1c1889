// Package script runs the scripts of a configuration: script checks, track scripts and notify scripts. [Run] is the only
// place of lbgit that starts them, so that all are started, limited and ended in the same way:
//
//   - in a process group of their own, which is sent SIGTERM at the timeout and SIGKILL two seconds later (T14);
//   - with /dev/null as standard input, without LD_PRELOAD, LD_LIBRARY_PATH and IFS (C40), and dying with the daemon;
//   - as another user if asked (vrrp 15.1, 15.6);
//   - a script that cannot be run has failed. keepalived counts it as a success (C39, vrrp 9.5a), which revives dead servers.
//
// [Split] and [Parse] read commands as keepalived writes them. The package knows nothing of what a script decides. It is for
// Linux only.
package script
