package translate

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/lbgit/lbgit/schema/diag"
)

// maxFile bounds a file of a source.
const maxFile = 64 << 20

// listing is what a source consists of: files in our languages, and at most
// one file that a keepalived configuration starts with.
type listing struct {
	files []string
	entry string
	// dir is the folder that file() is relative to.
	dir string
}

// list finds the files of a source.
func list(tree fs.FS, root string) (out listing, l diag.List) {
	if root == "" {
		root = "."
	}
	root = path.Clean(root)
	at := diag.Range{File: root}
	if !fs.ValidPath(root) {
		l.Errorf(at, "%q leaves the source", root)
		return out, l
	}
	info, err := fs.Stat(tree, root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.Errorf(at, "%s does not exist", root)
		return out, l
	case err != nil:
		l.Errorf(at, "%s cannot be read: %v", root, cause(err))
		return out, l
	case !info.IsDir():
		out.dir = path.Dir(root)
		switch FormatOf(root) {
		case "":
			l.Errorf(at, "%s is in no language known here", root).Because("the extensions are %s", extensionList())
		case Keepalived:
			out.entry = root
		default:
			out.files = []string{root}
		}
		return out, l
	}
	out.dir = root
	var confs []string
	err = fs.WalkDir(tree, root, func(p string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			l.Errorf(diag.Range{File: p}, "%s cannot be read: %v", p, cause(err))
			return nil
		case p == root:
			return nil
		case skipped(e.Name()) && e.IsDir():
			return fs.SkipDir
		case skipped(e.Name()):
			return nil
		}
		if e.Type()&fs.ModeSymlink != 0 {
			info, err := fs.Stat(tree, p)
			if err == nil && info.IsDir() {
				l.Warnf(diag.Range{File: p}, "%s is a link to a directory, and is not followed", p)
				return nil
			}
		}
		switch format := FormatOf(p); {
		case e.IsDir():
		case format == Keepalived:
			confs = append(confs, p)
		case format != "":
			out.files = append(out.files, p)
		}
		return nil
	})
	if err != nil {
		l.Errorf(at, "%s cannot be read: %v", root, cause(err))
	}
	slices.Sort(out.files)
	out.entry = entryOf(confs, &l)
	if len(out.files) == 0 && out.entry == "" && !l.HasErrors() {
		l.Errorf(at, "no configuration files in %s", root).Because("the extensions are %s", extensionList())
	}
	return out, l
}

// entryOf chooses the file that a keepalived configuration starts with; the
// others can only be included by it.
func entryOf(confs []string, l *diag.List) string {
	slices.Sort(confs)
	var named []string
	for _, c := range confs {
		if path.Base(c) == "keepalived.conf" {
			named = append(named, c)
		}
	}
	switch {
	case len(named) == 1:
		return named[0]
	case len(named) > 1:
		l.Errorf(diag.Range{File: named[1]}, "there are two files keepalived.conf").And(diag.Range{File: named[0]}).
			Because("the other is %s; a source has one, which may include others", named[0])
	case len(confs) == 1:
		return confs[0]
	case len(confs) > 1:
		l.Errorf(diag.Range{File: confs[0]}, "there are %d .conf files and none is called keepalived.conf", len(confs)).
			Because("call the one that includes the others keepalived.conf, or name it as the source")
	}
	return ""
}

// skipped tells files that are nobody's configuration: hidden ones and what
// editors leave behind.
func skipped(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || strings.HasSuffix(name, ".swp") ||
		strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#")
}

// read reads a regular file of bounded size.
func read(tree fs.FS, name string, limit int64) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, fmt.Errorf("%q leaves the source", name)
	}
	// Opening a named pipe would wait for a writer, so look first.
	info, err := fs.Stat(tree, name)
	if err != nil {
		return nil, cause(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("the file has %d MiB; at most %d are read", info.Size()>>20, limit>>20)
	}
	// A snapshot has the bytes already; no decoder changes what it reads.
	if shared, ok := tree.(interface {
		ReadShared(name string) ([]byte, error)
	}); ok {
		text, err := shared.ReadShared(name)
		if err != nil {
			return nil, cause(err)
		}
		return text, nil
	}
	f, err := tree.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	text := make([]byte, 0, info.Size()+1)
	for {
		n, err := f.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		switch {
		case int64(len(text)) > limit:
			return nil, fmt.Errorf("the file has more than %d MiB", limit>>20)
		case errors.Is(err, io.EOF):
			return text, nil
		case err != nil:
			return nil, cause(err)
		case len(text) == cap(text):
			text = slices.Grow(text, len(text)/2+512)
		}
	}
}

// cause takes the operation and the path off an error: the diagnostic has
// them already.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
