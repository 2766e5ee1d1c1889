package git

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/lbgit/lbgit/runtime/source"
	. "github.com/lbgit/lbgit/runtime/source/internal/sourcetest"
)

type (
	plumbingRef = plumbing.ReferenceName
	hash        = plumbing.Hash
)

func TestRunPushes(t *testing.T) {
	both(t, func(t *testing.T, r *repo, src func(source.Options) *Source) {
		h1 := r.push("1", "a.hcl", "1")
		run := Run(t, src(source.Options{}))
		want := func(h string, rewritten bool) {
			t.Helper()
			if rev := run.Rev(); rev.ID != h || rev.Rewritten != rewritten {
				t.Fatalf("revision %s, rewritten %v; want %s, %v", rev.ID, rev.Rewritten, h, rewritten)
			}
		}
		want(h1, false)
		want(r.push("2", "a.hcl", "2"), false)
		r.commit("3a", "a.hcl", "3a")
		want(r.push("3", "a.hcl", "3"), false)
		r.git("reset", "-q", "--hard", h1) // rewritten history
		want(r.push("4", "a.hcl", "4"), true)
		r.git("reset", "-q", "--hard", h1) // back to an older commit
		r.git("push", "-q", "-f", "origin", "HEAD")
		want(h1, true)
		// Packing refs changes files, not the revision.
		r.in(r.bare, "gc", "-q")
		want(r.push("5", "a.hcl", "5"), false)
	})
}

func TestRunBranchDeletedAndBack(t *testing.T) {
	both(t, func(t *testing.T, r *repo, src func(source.Options) *Source) {
		r.push("1", "a.hcl", "1")
		r.git("checkout", "-q", "-b", "lb/prod")
		h := r.push("2", "a.hcl", "2")
		run := Run(t, src(source.Options{Ref: "lb/prod"}))
		if rev := run.Rev(); rev.ID != h {
			t.Fatal(rev.ID)
		}
		r.git("push", "-q", "origin", ":lb/prod")
		if err := run.Err(); !source.IsKind(err, source.NoRef) || !strings.Contains(err.Error(), "main") {
			t.Fatal(err)
		}
		r.git("push", "-q", "origin", "lb/prod")
		if rev := run.Rev(); rev.ID != h {
			t.Fatal(rev.ID)
		}
		// Content that cannot be is an error, and the next commit mends it.
		r.push("bad", "a.hcl", lfs)
		if err := run.Err(); !source.IsKind(err, source.Content) {
			t.Fatal(err)
		}
		h = r.push("good", "a.hcl", "3")
		if rev := run.Rev(); rev.ID != h || Read(t, rev, "a.hcl") != "3" {
			t.Fatal(rev.ID)
		}
	})
}

func TestRunRepositoryAppears(t *testing.T) {
	r := newRepo(t)
	h := r.commit("1", "a.hcl", "1")
	later := t.TempDir() + "/x/later.git"
	run := Run(t, open(t, later, source.Options{}))
	if err := run.Err(); !source.IsKind(err, source.Missing) {
		t.Fatal(err)
	}
	r.in("/", "init", "-q", "--bare", "-b", "main", later)
	r.git("push", "-q", later, "HEAD")
	for {
		ev := run.Next() // errors of the states in between may come first
		if ev.Err == nil {
			if ev.Revision.ID != h {
				t.Fatal(ev.Revision.ID)
			}
			break
		}
	}
	Must(t, os.RemoveAll(later))
	if err := run.Err(); err == nil {
		t.Fatal("no error")
	}
}

func TestRunUnreachableAndBack(t *testing.T) {
	r := newRepo(t)
	h := r.push("1", "a.hcl", "1")
	src, srv := r.remote(source.Options{})
	run := Run(t, src)
	run.Rev()
	Must(t, os.Rename(r.bare, r.bare+".away"))
	if err := run.Err(); !source.IsKind(err, source.NotRepository) {
		t.Fatal(err)
	}
	Must(t, os.Rename(r.bare+".away", r.bare))
	if rev := run.Rev(); rev.ID != h {
		t.Fatal(rev.ID)
	}
	srv.Close()
	if err := run.Err(); !source.IsKind(err, source.Unreachable) {
		t.Fatal(err)
	}
}

func TestKick(t *testing.T) {
	r := newRepo(t)
	r.push("1", "a.hcl", "1")
	src, _ := r.remote(source.Options{Interval: time.Hour})
	run := Run(t, src)
	run.Rev()
	h := r.push("2", "a.hcl", "2")
	src.Kick()
	if rev := run.Rev(); rev.ID != h {
		t.Fatal(rev.ID)
	}
}

func TestPinnedCommitNeedsNoNetwork(t *testing.T) {
	r := newRepo(t)
	h := r.push("1", "a.hcl", "1")
	r.push("2", "a.hcl", "2")
	src, srv := r.remote(source.Options{Ref: h[:12]})
	_, err := src.Fetch(t.Context())
	Must(t, err)
	srv.Close()
	if rev, err := src.Fetch(t.Context()); err != nil || rev.ID != h {
		t.Errorf("%s, %v", rev.ID, err)
	}
}

func TestCloneCache(t *testing.T) {
	r := newRepo(t)
	r.push("1", "a.hcl", "1", "dir/b.hcl", "b")
	src, srv := r.remote(source.Options{})
	_, err := src.Fetch(t.Context())
	Must(t, err)
	state := src.opt.StateDir
	damage := map[string]func(string){
		"no packs": func(dir string) { Must(t, os.RemoveAll(dir+"/objects/pack")) },
		"cut pack": func(dir string) {
			packs, _ := filepath.Glob(dir + "/objects/pack/*.pack")
			if len(packs) == 0 {
				t.Fatal("no pack")
			}
			for _, p := range packs {
				Must(t, os.Chmod(p, 0o600))
				Must(t, os.Truncate(p, 20))
			}
		},
		"no head":   func(dir string) { Must(t, os.Remove(dir+"/HEAD")) },
		"empty":     func(dir string) { Must(t, os.RemoveAll(dir)); Must(t, os.Mkdir(dir, 0o700)) },
		"file":      func(dir string) { Must(t, os.RemoveAll(dir)); Write(t, dir, "") },
		"bad ref":   func(dir string) { Write(t, dir+"/refs/lbgit/current", "nonsense\n") },
		"leftovers": func(dir string) { Write(t, dir+".new-1/HEAD", "") },
	}
	for name, harm := range damage {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			harm(src.clone.dir)
			for _, text := range []string{name, name + "2"} { // damaged, then mended
				h := r.push(text, "a.hcl", text)
				fresh := open(t, srv.URL+"/bare.git", source.Options{StateDir: state})
				rev, err := fresh.Fetch(t.Context())
				if err != nil || rev.ID != h || Read(t, rev, "a.hcl") != text || Read(t, rev, "dir/b.hcl") != "b" {
					t.Fatalf("%s, %v", rev.ID, err)
				}
			}
			left, _ := filepath.Glob(state + "/git/*")
			if len(left) != 2 { // the clone and its lock
				t.Errorf("left in the state folder: %v", left)
			}
		})
	}
}

func TestCloneIsRenewed(t *testing.T) {
	r := newRepo(t)
	r.push("1", "a.hcl", "1")
	src, _ := r.remote(source.Options{})
	_, err := src.Fetch(t.Context())
	Must(t, err)
	for i := range maxPacks + 1 {
		Write(t, src.clone.dir+"/objects/pack/pack-"+strings.Repeat("0", 37)+string([]byte{'0' + byte(i/100), '0' + byte(i/10%10), '0' + byte(i%10)})+".pack", "")
	}
	h := r.push("2", "a.hcl", "2")
	rev, err := src.Fetch(t.Context())
	Must(t, err)
	if n := src.clone.packs(); rev.ID != h || n > 2 || Read(t, rev, "a.hcl") != "2" {
		t.Errorf("%s, %d packs", rev.ID, n)
	}
}

func BenchmarkPushToEvent(b *testing.B) {
	r := newRepo(b)
	r.push("1", "a.hcl", "1")
	run := Run(b, open(b, r.bare, source.Options{}))
	run.Rev()
	for b.Loop() {
		b.StopTimer()
		r.commit("x", "a.hcl", time.Now().String())
		b.StartTimer() // git push itself is part of it
		r.git("push", "-q", "origin", "HEAD")
		run.Rev()
	}
}

func BenchmarkPollNothingNew(b *testing.B) {
	r := newRepo(b)
	r.push("1", "a.hcl", "1")
	b.Run("http", func(b *testing.B) {
		src, _ := r.remote(source.Options{})
		for b.Loop() {
			_, err := src.Fetch(b.Context())
			Must(b, err)
		}
	})
	b.Run("local", func(b *testing.B) {
		src := open(b, r.bare, source.Options{})
		for b.Loop() {
			_, err := src.Fetch(b.Context())
			Must(b, err)
		}
	})
}
