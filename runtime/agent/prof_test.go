package agent

import (
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"testing"
	"time"

	"github.com/lbgit/lbgit/reconcile/compile"
	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/source"
	"github.com/lbgit/lbgit/runtime/source/dir"
	"github.com/lbgit/lbgit/translate"
)

func TestProf(t *testing.T) {
	f, _ := os.Create("/tmp/lead1/cpu.prof")
	pprof.StartCPUProfile(f)
	defer pprof.StopCPUProfile()
	var l translate.Loader
	var prev *compile.Prepared
	for i, name := range []string{"/tmp/lead1/big.conf", "/tmp/lead1/big2.conf", "/tmp/lead1/big.conf", "/tmp/lead1/big2.conf"} {
		b, _ := os.ReadFile(name)
		os.WriteFile("/tmp/lead1/w.conf", b, 0o600)
		t0 := time.Now()
		rev, err := dir.New("/tmp/lead1/w.conf", source.Options{}).Fetch(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		t1 := time.Now()
		r := l.Load(rev.Tree, rev.Path, translate.Env{Node: "x"})
		t2 := time.Now()
		p := compile.Prepare(r.Config, prev)
		t3 := time.Now()
		scope := compile.Changed(prev, p)
		s := p.State(compile.Live{Daemon: true}, scope)
		t4 := time.Now()
		pl := plan.Diff(s, state.State{}, plan.Claims{}, scope)
		t5 := time.Now()
		a := &Agent{prepared: p, log: nil}
		_ = a
		source.Digest(rev)
		t6 := time.Now()
		prev = p
		fmt.Println(i, "fetch", t1.Sub(t0), "load", t2.Sub(t1), "prepare", t3.Sub(t2), "state", t4.Sub(t3), "diff", t5.Sub(t4), "digest", t6.Sub(t5), len(pl.Ops))
	}
}
