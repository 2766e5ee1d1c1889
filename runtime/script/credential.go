package script

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// withheld are the variables that a script does not inherit (C40).
var withheld = []string{"LD_PRELOAD=", "LD_LIBRARY_PATH=", "IFS="}

// environment returns the daemon's environment without what is withheld, and with extra.
func environment(extra []string) []string {
	var env []string
next:
	for _, e := range os.Environ() {
		for _, w := range withheld {
			if strings.HasPrefix(e, w) {
				continue next
			}
		}
		env = append(env, e)
	}
	return append(env, extra...)
}

// attributes returns how the process is made: its own group, death with the daemon, and its user.
func attributes(spec Spec) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: unix.SIGTERM}
	if spec.User == "" && spec.Group == "" {
		return attr, nil
	}
	uid, gid, err := Identity(spec.User, spec.Group)
	if err != nil {
		return nil, err
	}
	if uid == uint32(os.Geteuid()) && gid == uint32(os.Getegid()) {
		return attr, nil
	}
	attr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	return attr, nil
}

// Identity looks up a user and a group, each a name or a number; an empty one is the daemon's, or the user's primary group.
func Identity(name, group string) (uid, gid uint32, err error) {
	uid, gid = uint32(os.Geteuid()), uint32(os.Getegid())
	if name != "" {
		u, err := user.Lookup(name)
		if err != nil {
			if u, err = user.LookupId(name); err != nil {
				return 0, 0, fmt.Errorf("unknown user %q", name)
			}
		}
		if uid, err = id(u.Uid); err != nil {
			return 0, 0, err
		}
		if gid, err = id(u.Gid); err != nil {
			return 0, 0, err
		}
	}
	if group != "" {
		g, err := user.LookupGroup(group)
		if err != nil {
			if g, err = user.LookupGroupId(group); err != nil {
				return 0, 0, fmt.Errorf("unknown group %q", group)
			}
		}
		if gid, err = id(g.Gid); err != nil {
			return 0, 0, err
		}
	}
	return uid, gid, nil
}

func id(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err
}
