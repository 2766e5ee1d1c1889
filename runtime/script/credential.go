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
	who, err := identity(spec)
	if err != nil {
		return nil, err
	}
	if !who.own() {
		attr.Credential = &syscall.Credential{Uid: who.uid, Gid: who.gid, Groups: who.groups}
	}
	return attr, nil
}

// account is who a script runs as.
type account struct {
	uid, gid uint32
	groups   []uint32
}

// own tells whether it is the daemon itself.
func (a account) own() bool {
	return a.uid == uint32(os.Geteuid()) && a.gid == uint32(os.Getegid()) && a.groups == nil
}

// identity looks up the user and the group of a spec, each a name or a number; an empty one is the daemon's, or the user's primary
// group.
func identity(spec Spec) (a account, err error) {
	a.uid, a.gid = uint32(os.Geteuid()), uint32(os.Getegid())
	if spec.User != "" {
		u, err := user.Lookup(spec.User)
		if err != nil {
			if u, err = user.LookupId(spec.User); err != nil {
				return a, fmt.Errorf("unknown user %q", spec.User)
			}
		}
		if a.uid, err = id(u.Uid); err != nil {
			return a, err
		}
		if a.gid, err = id(u.Gid); err != nil {
			return a, err
		}
		if spec.Groups {
			if a.groups, err = supplementary(u); err != nil {
				return a, err
			}
		}
	}
	if spec.Group != "" {
		g, err := user.LookupGroup(spec.Group)
		if err != nil {
			if g, err = user.LookupGroupId(spec.Group); err != nil {
				return a, fmt.Errorf("unknown group %q", spec.Group)
			}
		}
		if a.gid, err = id(g.Gid); err != nil {
			return a, err
		}
	}
	return a, nil
}

// Owner looks up the numbers of a user and a group, each a name or a number; an empty one is the daemon's, or the user's primary
// group.
func Owner(name, group string) (uid, gid uint32, err error) {
	a, err := identity(Spec{User: name, Group: group})
	return a.uid, a.gid, err
}

func supplementary(u *user.User) (groups []uint32, err error) {
	names, err := u.GroupIds()
	if err != nil {
		return nil, fmt.Errorf("groups of user %q: %w", u.Username, err)
	}
	for _, n := range names {
		g, err := id(n)
		if err != nil {
			return nil, err
		}
		groups = append(groups, g)
	}
	return groups, nil
}

// defaultUser is the account that keepalived runs scripts as where it exists (vrrp 15.1).
const defaultUser = "keepalived_script"

// Account gives who a script runs as: its own user, else the one of the settings, else keepalived_script if this machine has it.
// Both are empty for the daemon's own. Who is not root cannot become anybody.
func Account(name, group, settingsUser, settingsGroup string) (string, string) {
	if name != "" {
		return name, group
	}
	if settingsUser != "" {
		return settingsUser, settingsGroup
	}
	if _, err := user.Lookup(defaultUser); err == nil && os.Geteuid() == 0 {
		return defaultUser, ""
	}
	return "", ""
}

func id(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err
}
