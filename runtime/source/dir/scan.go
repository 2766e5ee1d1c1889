package dir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lbgit/lbgit/runtime/source"
	"github.com/lbgit/lbgit/runtime/source/internal/watch"
)

// scanner looks at a source. It keeps the contents of the last look, so that
// only changed files are read again. It belongs to one goroutine.
type scanner struct {
	path  string     // absolute
	set   *watch.Set // nil for a single look
	cache map[string]*content
}

// look is the result of one scan.
type look struct {
	snap     *snapshot
	items    []item // the source's own files
	extras   []item // watched beyond them
	when     time.Time
	unstable bool // something changed while it was read

	next    map[string]*content
	entries int
	bytes   int64
}

// scan reads the source and the state of the extra paths.
func (sc *scanner) scan(extras []string) (*look, error) {
	l := &look{snap: newSnapshot("/"), next: map[string]*content{}}
	sc.set.Begin()
	err := sc.own(l)
	for _, p := range extras {
		if l.snap.own[l.snap.name(p)] {
			continue
		}
		_, _ = sc.set.Trail(p)
		l.extras = append(l.extras, sc.extra(p, l))
	}
	sc.set.End()
	if err != nil {
		// Contents are kept: after a directory came back most are the same.
		return nil, err
	}
	sc.cache = l.next
	return l, nil
}

func (sc *scanner) own(l *look) error {
	real, err := sc.set.Trail(sc.path)
	if pe, ok := errors.AsType[*fs.PathError](err); ok && errors.Is(err, fs.ErrNotExist) && pe.Path != sc.path {
		return sc.fault(source.Missing, err, "does not exist, for want of %s; check the path", pe.Path)
	}
	if err != nil {
		return sc.broken(err)
	}
	fi, err := os.Stat(real)
	if err != nil {
		return sc.broken(err)
	}
	switch {
	case fi.IsDir():
		if err := sc.walk(l, sc.path, real, "", nil, fi); err != nil {
			return err
		}
		if len(l.items) == 0 {
			return sc.fault(source.Unsuitable, nil, "directory has no configuration files (%s)", source.Extensions())
		}
		return nil
	case !fi.Mode().IsRegular():
		return sc.fault(source.Unsuitable, nil, "is neither a file nor a directory")
	case !source.IsConfig(sc.path):
		return sc.fault(source.Unsuitable, nil, "not a configuration file: the name must end in one of %s", source.Extensions())
	}
	return sc.take(l, sc.path, filepath.Base(sc.path))
}

// walk takes all configuration files below a directory. dir is its path as
// asked for, real the same without links, rel the prefix of names inside the
// source, above the directories on the way here.
func (sc *scanner) walk(l *look, dir, real, rel string, above []fs.FileInfo, self fs.FileInfo) error {
	sc.set.Dir(real)
	raw, err := os.ReadDir(real)
	if err != nil {
		if absent(err) && rel != "" {
			l.unstable = true
			return nil
		}
		return sc.broken(err)
	}
	if l.entries += len(raw); l.entries > source.EntryLimit {
		return sc.fault(source.Unsuitable, nil, "more than %d directory entries: name the folder of the configuration itself", source.EntryLimit)
	}
	above = append(above[:len(above):len(above)], self)
	list := make([]fs.DirEntry, 0, len(raw))
	for _, d := range raw {
		logical, target := filepath.Join(dir, d.Name()), filepath.Join(real, d.Name())
		typ, link := d.Type(), d.Type()&fs.ModeSymlink != 0
		skip := source.Skip(d.Name())
		var fi fs.FileInfo
		if link {
			if skip {
				target = logical
			} else {
				target, _ = sc.set.Follow(real, d.Name())
			}
			if fi, err = os.Stat(target); err == nil {
				if fi.IsDir() && among(above, fi) {
					continue
				}
				typ = fi.Mode().Type()
			}
		}
		list = append(list, entry{l.snap, l.snap.name(logical), typ})
		switch {
		case skip:
		case typ.IsDir():
			if fi == nil {
				if fi, err = os.Lstat(target); err != nil {
					l.unstable = true
					continue
				}
			}
			if err := sc.walk(l, logical, target, rel+d.Name()+"/", above, fi); err != nil {
				return err
			}
		case source.IsConfig(d.Name()):
			err := sc.take(l, logical, rel+d.Name())
			if err != nil && absent(err) && !link {
				l.unstable = true // removed since it was listed
				continue
			}
			if err != nil {
				return err
			}
		}
	}
	l.snap.putList(l.snap.name(dir), list)
	return nil
}

// take reads one configuration file, or finds it unchanged.
func (sc *scanner) take(l *look, path, rel string) error {
	c, err := sc.get(path, l)
	if err != nil {
		return sc.broken(err)
	}
	if l.bytes += int64(len(c.data)); l.bytes > source.TotalLimit {
		return sc.fault(source.Unsuitable, nil, "configuration files of more than %d bytes in all", source.TotalLimit)
	}
	l.snap.put(l.snap.name(path), c)
	l.items = append(l.items, item{rel, "file", c.sum})
	if t := c.info.ModTime(); t.After(l.when) {
		l.when = t
	}
	return nil
}

func (sc *scanner) get(path string, l *look) (*content, error) {
	if c := l.next[path]; c != nil {
		return c, nil
	}
	if c := sc.cache[path]; c != nil && !c.young && !c.torn {
		if fi, err := os.Stat(path); err == nil && stampOf(fi) == c.stamp {
			l.next[path] = c
			return c, nil
		}
	}
	c, err := read(path)
	if err != nil {
		return nil, err
	}
	l.unstable = l.unstable || c.torn
	if old := sc.cache[path]; old != nil && old.sum == c.sum {
		c.data = old.data // one copy in memory, not one per look
	}
	l.next[path] = c
	return c, nil
}

// broken turns a fault of the disk into one of the source.
func (sc *scanner) broken(err error) error {
	var known *source.Error
	var large *source.TooLargeError
	if errors.As(err, &known) || errors.As(err, &large) {
		return err
	}
	var pe *fs.PathError
	if !errors.As(err, &pe) {
		return sc.fault(source.Unreachable, err, "%v", err)
	}
	where := ""
	if pe.Path != sc.path {
		where = strings.TrimPrefix(pe.Path, sc.path+"/") + ": "
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && where == "":
		return sc.fault(source.Missing, err, "does not exist; check the path")
	case errors.Is(err, fs.ErrNotExist):
		return sc.fault(source.Missing, err, "%sdoes not exist, or is a symbolic link that leads nowhere", where)
	case errors.Is(err, fs.ErrPermission):
		return sc.fault(source.Denied, err, "%spermission denied; run as a user that may read it", where)
	}
	return sc.fault(source.Unreachable, err, "%s%v", where, pe.Err)
}

func (sc *scanner) fault(k source.Kind, cause error, format string, args ...any) error {
	return &source.Error{Kind: k, Source: sc.path, Msg: fmt.Sprintf(format, args...), Err: cause}
}
