package translate

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// bigHCL is a file of n virtual servers with m real servers each.
func bigHCL(first, n, m int) []byte {
	var b strings.Builder
	for i := first; i < first+n; i++ {
		fmt.Fprintf(&b, "virtual_server \"vs%d\" {\n  address   = \"10.%d.%d.%d\"\n  ports     = [80]\n  scheduler = \"wrr\"\n", i, 1+i>>16&0xff, i>>8&0xff, i&0xff)
		for j := range m {
			fmt.Fprintf(&b, "  real_server \"10.%d.%d.%d:80\" { weight = %d }\n", 100+i>>8&0xff, i&0xff, j+10, j+1)
		}
		b.WriteString("}\n\n")
	}
	return []byte(b.String())
}

func bigYAML(n, m int) []byte {
	var b strings.Builder
	b.WriteString("virtual_server:\n")
	for i := range n {
		fmt.Fprintf(&b, "  vs%d:\n    address: 10.%d.%d.%d\n    ports: [80]\n    scheduler: wrr\n    real_server:\n", i, 1+i>>16&0xff, i>>8&0xff, i&0xff)
		for j := range m {
			fmt.Fprintf(&b, "      10.%d.%d.%d:80: {weight: %d}\n", 100+i>>8&0xff, i&0xff, j+10, j+1)
		}
	}
	return []byte(b.String())
}

func benchLoad(b *testing.B, tree fstest.MapFS) {
	b.ReportAllocs()
	for b.Loop() {
		cfg, l := Load(tree, ".", Env{})
		if l.HasErrors() {
			b.Fatal(l.Err())
		}
		if len(cfg.VirtualServers) == 0 {
			b.Fatal("nothing loaded")
		}
	}
}

func BenchmarkLoadHCL5000x10(b *testing.B) {
	benchLoad(b, fstest.MapFS{"a.hcl": {Data: bigHCL(0, 5000, 10)}})
}

func BenchmarkLoadYAML5000x10(b *testing.B) {
	benchLoad(b, fstest.MapFS{"a.yaml": {Data: bigYAML(5000, 10)}})
}

// BenchmarkReload edits one of 1,000 files between loads.
func BenchmarkReload1of1000(b *testing.B) {
	tree := fstest.MapFS{}
	for i := range 1000 {
		tree[fmt.Sprintf("%04d.hcl", i)] = &fstest.MapFile{Data: bigHCL(i*5, 5, 10)}
	}
	var l Loader
	l.Load(tree, ".", Env{})
	first := tree["0500.hcl"].Data
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		tree["0500.hcl"] = &fstest.MapFile{Data: append([]byte(fmt.Sprintf("# edit %d\n", i)), first...)}
		if r := l.Load(tree, ".", Env{}); r.Diags.HasErrors() {
			b.Fatal(r.Diags.Err())
		}
	}
}
