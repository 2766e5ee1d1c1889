package script

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Problem is why a script cannot be run on this machine, or should not be.
type Problem struct {
	What string
	// Fix is a command that puts it right, or what to do.
	Fix string
	// Unsafe says that the script must not be run: somebody else than root could put another in its place, or it would have to be
	// run as somebody who does not exist (vrrp 15.1, 15.3). Otherwise it is only going to fail.
	Unsafe bool
}

// Inspect looks at the user and the program of a spec; nil when there is nothing to say. A program that root runs is looked at with
// every folder and link on the way to it (vrrp 15.3), and with the program that a link leads to. It is run by the path that is
// written, as a program may go by its name; keepalived runs what a link leads to unless use_symlink_paths is set.
func Inspect(s Spec) *Problem {
	who, err := identity(s)
	if err != nil {
		return &Problem{What: err.Error(), Fix: unknownFix(s), Unsafe: true}
	}
	if len(s.Command) == 0 {
		return nil // a line for a shell, or a file to be opened
	}
	program, err := exec.LookPath(s.Command[0])
	if err != nil {
		return missing(s.Command[0], err)
	}
	if who.uid != 0 && who.gid != 0 {
		return nil
	}
	if program, err = filepath.Abs(program); err != nil {
		return &Problem{What: err.Error(), Fix: "write the whole path"}
	}
	return walk(program)
}

// unknownFix makes the account that is missing.
func unknownFix(s Spec) string {
	if _, err := user.Lookup(s.User); s.User != "" && err != nil {
		return "useradd --system --no-create-home --shell /usr/sbin/nologin " + s.User
	}
	return "groupadd --system " + s.Group
}

// missing explains why a program was not found (vrrp 15.2).
func missing(program string, err error) *Problem {
	if !strings.Contains(program, "/") {
		return &Problem{What: fmt.Sprintf("%s is in no folder of PATH", program), Fix: "write the whole path"}
	}
	if info, statErr := os.Stat(program); statErr == nil && info.Mode().IsRegular() {
		return &Problem{What: program + " is not executable", Fix: "chmod a+x " + program}
	} else if statErr != nil {
		err = statErr
	}
	return &Problem{What: err.Error(), Fix: "put the program there; until then every run fails"}
}

// maxLinks is how many links the kernel follows (path_resolution(7)).
const maxLinks = 40

// walk goes the way to a program as the kernel does, and looks at each step.
func walk(program string) *Problem {
	at, rest := "/", strings.Split(program, "/")
	if p := step(at); p != nil {
		return p
	}
	for links := 0; len(rest) > 0; {
		name := rest[0]
		rest = rest[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			at = filepath.Dir(at)
			continue
		}
		next := filepath.Join(at, name)
		if p := step(next); p != nil {
			return p
		}
		target, err := os.Readlink(next)
		if err != nil {
			at = next // no link
			continue
		}
		if links++; links > maxLinks {
			return &Problem{What: program + ": too many links", Fix: "write the path of the program itself"}
		}
		if strings.HasPrefix(target, "/") {
			at = "/"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return nil
}

// step looks at one folder, link or file: root alone may change it. In a folder with the sticky bit only the owner of an entry may
// replace it, so that everybody may write there.
func step(path string) *Problem {
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return &Problem{What: (&os.PathError{Op: "lstat", Path: path, Err: err}).Error(), Fix: "put the program there; until then every run fails"}
	}
	kind, mode := st.Mode&unix.S_IFMT, st.Mode
	switch {
	case st.Uid != 0:
		return &Problem{What: fmt.Sprintf("%s belongs to %s, not to root", path, ownerName(st.Uid)), Fix: "chown -h root " + path, Unsafe: true}
	case kind == unix.S_IFLNK, kind == unix.S_IFDIR && mode&unix.S_ISVTX != 0:
		return nil
	case mode&unix.S_IWOTH != 0:
		return &Problem{What: path + " can be written by everybody", Fix: "chmod go-w " + path, Unsafe: true}
	case mode&unix.S_IWGRP != 0 && st.Gid != 0:
		return &Problem{What: fmt.Sprintf("%s can be written by the group %s", path, groupName(st.Gid)), Fix: "chmod g-w " + path, Unsafe: true}
	}
	return nil
}

func ownerName(uid uint32) string {
	if u, err := user.LookupId(fmt.Sprint(uid)); err == nil {
		return u.Username
	}
	return fmt.Sprint("user ", uid)
}

func groupName(gid uint32) string {
	if g, err := user.LookupGroupId(fmt.Sprint(gid)); err == nil {
		return g.Name
	}
	return fmt.Sprint(gid)
}
