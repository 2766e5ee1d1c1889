package keepalived

import (
	"fmt"
	"strings"
	"testing"
)

// large makes a file of n virtual servers with m real servers each.
func large(n, m int) string {
	var b strings.Builder
	b.WriteString("global_defs {\n    router_id big\n}\n\n")
	for i := range n {
		fmt.Fprintf(&b, "virtual_server 10.%d.%d.%d 80 {\n", 1+i/65536, i/256%256, i%256)
		b.WriteString("    delay_loop 10\n    lb_algo wrr\n    lb_kind NAT\n    protocol TCP\n\n")
		for j := range m {
			fmt.Fprintf(&b, "    real_server 172.16.%d.%d 8080 {\n        weight 10\n        TCP_CHECK {\n            connect_timeout 3\n        }\n    }\n", i%256, j+1)
		}
		b.WriteString("}\n\n")
	}
	return b.String()
}

type one []byte

func (o one) ReadFile(string) ([]byte, error) { return o, nil }
func (o one) Glob(string) ([]string, error)   { return nil, nil }

func BenchmarkLoad5000x10(b *testing.B) {
	text := one(large(5000, 10))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if r := Load(text, entryFile, Options{}, nil); len(r.Config.VirtualServers) != 5000 || len(r.Diags) > 0 {
			b.Fatal(r.Diags.Text())
		}
	}
}

func BenchmarkReload5000x10(b *testing.B) {
	text := large(5000, 10)
	at := strings.LastIndex(text[:len(text)/2], "weight 10")
	edited := one(text[:at] + "weight 20" + text[at+9:])
	var c Cache
	texts := []one{one(text), edited}
	Load(texts[0], entryFile, Options{}, &c)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		Load(texts[i%2], entryFile, Options{}, &c)
	}
}
