// Package labtest holds the stories of the whole program: the real binary, in
// the lab's real kernel, against real keepalived, ipvsadm, ip and tcpdump.
package labtest
