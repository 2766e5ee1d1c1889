package dir

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lbgit/lbgit/runtime/source"
	. "github.com/lbgit/lbgit/runtime/source/internal/sourcetest"
)

func mkfifo(name string) error { return syscall.Mkfifo(name, 0o600) }

func TestRunEdits(t *testing.T) {
	d := t.TempDir()
	Write(t, d+"/a.hcl", "1")
	r := Run(t, New(d, source.Options{}))
	first := r.Rev()
	file := at(d, "a.hcl")

	Write(t, d+"/a.hcl", "2") // in place
	r.Until(file, "2")
	Write(t, d+"/.a.hcl.tmp", "3") // atomic rename
	Must(t, os.Rename(d+"/.a.hcl.tmp", d+"/a.hcl"))
	r.Until(file, "3")
	Must(t, os.Rename(d+"/a.hcl", d+"/a.hcl~")) // an editor with a backup
	Write(t, d+"/a.hcl", "4")
	r.Until(file, "4")
	Write(t, d+"/new/deep/b.hcl", "b") // folders that come into being
	r.Until(at(d, "new/deep/b.hcl"), "b")
	Write(t, d+"/new/deep/b.hcl", "bb")
	r.Until(at(d, "new/deep/b.hcl"), "bb")
	Must(t, os.RemoveAll(d+"/new"))
	Write(t, d+"/a.hcl", "1")
	for rev := r.Until(file, "1"); rev.ID != first.ID; rev = r.Rev() {
		if _, err := fs.Stat(rev.Tree, at(d, "new")); err != nil {
			t.Fatal("same content, another ID")
		}
	}
	if got := Read(t, first, file); got != "1" {
		t.Errorf("first revision reads %q", got)
	}
}

func TestRunKubernetes(t *testing.T) {
	d := t.TempDir()
	Write(t, d+"/..v1/a.yaml", "one")
	Must(t, os.Symlink("..v1", d+"/..data"))
	Must(t, os.Symlink("..data/a.yaml", d+"/a.yaml"))
	for _, path := range []string{d, d + "/a.yaml"} {
		r := Run(t, New(path, source.Options{}))
		rev := r.Rev()
		for i := range 3 {
			text := fmt.Sprintf("two %s %d", filepath.Base(path), i)
			Write(t, fmt.Sprintf("%s/..v%s%d/a.yaml", d, filepath.Base(path), i), text)
			Must(t, os.Symlink(fmt.Sprintf("..v%s%d", filepath.Base(path), i), d+"/..data_tmp"))
			Must(t, os.Rename(d+"/..data_tmp", d+"/..data"))
			rev = r.Until(at(d, "a.yaml"), text)
		}
		_ = rev
	}
}

func TestRunVanishesAndReturns(t *testing.T) {
	top := t.TempDir()
	d := top + "/etc/lb"
	r := Run(t, New(d, source.Options{}))
	if err := r.Err(); !source.IsKind(err, source.Missing) {
		t.Fatal(err)
	}
	Write(t, d+"/a.hcl", "1")
	rev := r.Until(at(d, "a.hcl"), "1")
	for range 3 {
		Must(t, os.Rename(top+"/etc", top+"/gone"))
		if err := r.Err(); !source.IsKind(err, source.Missing) {
			t.Fatal(err)
		}
		Must(t, os.Rename(top+"/gone", top+"/etc"))
		if back := r.Rev(); back.ID != rev.ID {
			t.Error("same content, another ID")
		}
	}
	Must(t, os.RemoveAll(top+"/etc"))
	for err := r.Err(); !strings.Contains(err.Error(), "check the path"); err = r.Err() {
	}
	Write(t, d+"/a.hcl", "2")
	r.Until(at(d, "a.hcl"), "2")
	Write(t, d+"/a.hcl", "3")
	r.Until(at(d, "a.hcl"), "3")
}

func TestRunIncludes(t *testing.T) {
	d, out := t.TempDir(), t.TempDir()
	Write(t, d+"/keepalived.conf", "include")
	Write(t, out+"/a.conf", "1")
	src := New(d+"/keepalived.conf", source.Options{})
	r := Run(t, src)
	rev := r.Rev()
	load := func(rev source.Revision) string {
		names, err := fs.Glob(rev.Tree, at(out, "*.conf"))
		Must(t, err)
		var b strings.Builder
		for _, n := range names {
			b.WriteString(Read(t, rev, n))
		}
		_, _ = fs.Stat(rev.Tree, at(out, "later/c.conf"))
		src.Watch(append(names, "/"+at(d, "keepalived.conf")))
		return b.String()
	}
	next := func(want string) {
		t.Helper()
		for rev := r.Rev(); ; rev = r.Rev() {
			if got := load(rev); got == want {
				return
			}
		}
	}
	load(rev)
	// Watch alone is no event, so the next one is due to the edit. The edit
	// may even come before Watch is acted upon: nothing gets lost.
	Write(t, out+"/a.conf", "2")
	next("2")
	Write(t, out+"/b.conf", "b") // a new match of the pattern
	next("2b")
	Write(t, out+"/b.conf", "B")
	next("2B")
	Write(t, out+"/later/c.conf", "c") // was looked for, was not there
	rev = r.Rev()
	if got := Read(t, rev, at(out, "later/c.conf")); got != "c" {
		t.Errorf("c.conf reads %q", got)
	}
}

func TestWatchIsNoEvent(t *testing.T) {
	d, out := t.TempDir(), t.TempDir()
	Write(t, d+"/a.conf", "1")
	Write(t, out+"/inc.conf", "x")
	src := New(d, source.Options{})
	r := Run(t, src)
	Read(t, r.Rev(), at(out, "inc.conf"))
	src.Watch([]string{out + "/inc.conf", out + "/none"})
	src.Kick()
	Write(t, d+"/.a.conf", "2")
	Must(t, os.Rename(d+"/.a.conf", d+"/a.conf"))
	// Had Watch made an event, it would come first and read "1".
	if got := Read(t, r.Rev(), at(d, "a.conf")); got != "2" {
		t.Errorf("event for Watch alone: a.conf reads %q", got)
	}
}

// A save in place empties the file first; a look in between must wait.
func TestHalfWrittenIsNotSent(t *testing.T) {
	d := t.TempDir()
	Write(t, d+"/a.conf", "0")
	src := New(d, source.Options{})
	r := Run(t, src)
	r.Rev()
	for i := range 20 {
		f, err := os.Create(d + "/a.conf")
		Must(t, err)
		src.Kick()
		want := fmt.Sprint(i + 1)
		_, err = f.WriteString(want)
		Must(t, err)
		Must(t, f.Close())
		if got := Read(t, r.Rev(), at(d, "a.conf")); got != want {
			t.Fatalf("a.conf reads %q, want %q", got, want)
		}
	}
}

func TestKickWithoutWatch(t *testing.T) {
	d := t.TempDir()
	Write(t, d+"/a.hcl", "1")
	src := New(d, source.Options{})
	for range 3 {
		src.Kick() // never blocks, also when nothing runs
	}
	r := Run(t, src)
	r.Rev()
	Write(t, d+"/a.hcl", "2")
	src.Kick()
	r.Until(at(d, "a.hcl"), "2")
}

func BenchmarkChange10MB(b *testing.B) {
	d := b.TempDir()
	text := []byte(strings.Repeat("0123456789abcde\n", 10<<20/16))
	Must(b, os.WriteFile(d+"/a.hcl", text, 0o600))
	r := Run(b, New(d, source.Options{}))
	r.Rev()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		b.StopTimer()
		text[0]++
		f, err := os.OpenFile(d+"/a.hcl", os.O_WRONLY, 0)
		Must(b, err)
		_, err = f.Write(text[:len(text)-1])
		Must(b, err)
		text[len(text)-1] = '\n'
		b.StartTimer() // the time from the last write to the event
		_, err = f.Write(text[len(text)-1:])
		Must(b, err)
		r.Rev()
		Must(b, f.Close())
	}
}
