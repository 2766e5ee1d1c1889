package schema

import (
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
)

// TestSecretIsMasked prints a secret in every way there is.
func TestSecretIsMasked(t *testing.T) {
	const text = "hunter2"
	s := SecretOf(text)
	type holder struct {
		Password Secret
		Pointer  *Secret
		Map      map[string]Secret
		List     []any
	}
	h := holder{s, &s, map[string]Secret{"a": s}, []any{s, &s}}
	var out []string
	for _, v := range []any{s, &s, h, &h, Authentication{Type: AuthPass, Password: s}, &Authentication{Type: AuthPass, Password: s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%t", "%10.3s", "%!"} {
			out = append(out, fmt.Sprintf(verb, v))
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b), fmt.Sprint(v), fmt.Sprintln(v), fmt.Errorf("%w: %v", encodingError{}, v).Error())
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		out = append(out, log.String())
	}
	for _, o := range out {
		if strings.Contains(o, text) || strings.Contains(o, fmt.Sprintf("%x", text)) || strings.Contains(o, fmt.Sprintf("%X", text)) {
			t.Errorf("shown: %s", o)
		}
	}
	for verb, want := range map[string]string{"%v": "(secret)", "%s": "(secret)", "%q": `"(secret)"`, "%#v": `"(secret)"`, "%d": "(secret)"} {
		if got := fmt.Sprintf(verb, s); got != want {
			t.Errorf("%s gives %s, want %s", verb, got, want)
		}
	}
	if s.Reveal() != text || SecretOf("").String() != "" || !SecretOf("").IsZero() {
		t.Error("the secret itself is lost")
	}
}

type encodingError struct{}

func (encodingError) Error() string { return "error" }

// TestEnums reads every name of every enumeration back, and nothing else.
func TestEnums(t *testing.T) {
	check := func(what string, table names, first int, unmarshal func([]byte) (encoding.TextMarshaler, error)) {
		t.Helper()
		for i := first; i < len(table); i++ {
			v, err := unmarshal([]byte(table[i]))
			if err != nil {
				t.Errorf("%s: %v", table[i], err)
				continue
			}
			if b, _ := v.MarshalText(); string(b) != table[i] || fmt.Sprint(v) != table[i] {
				t.Errorf("%q comes back as %q and %q", table[i], b, v)
			}
		}
		for _, bad := range []string{"", "nonsense-nonsense", strings.ToUpper(table[first])} {
			_, err := unmarshal([]byte(bad))
			article := "a "
			if strings.ContainsRune("aeiou", rune(what[0])) {
				article = "an "
			}
			if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("%q is not %s%s; ", bad, article, what)) || !strings.Contains(err.Error(), strings.Join(table[first:], ", ")) {
				t.Errorf("%s %q: %v", what, bad, err)
			}
		}
	}
	check("protocol", protocolNames, 0, func(b []byte) (encoding.TextMarshaler, error) { return as[Protocol](b) })
	check("family", familyNames, 1, func(b []byte) (encoding.TextMarshaler, error) { return as[Family](b) })
	check("scheduler", schedulerNames, 0, func(b []byte) (encoding.TextMarshaler, error) { return as[Scheduler](b) })
	check("scheduler flag", flagNames, 1, func(b []byte) (encoding.TextMarshaler, error) { return as[SchedulerFlag](b) })
	check("forwarding method", forwardNames, 1, func(b []byte) (encoding.TextMarshaler, error) { return as[Forward](b) })
	check("tunnel type", tunnelNames, 0, func(b []byte) (encoding.TextMarshaler, error) { return as[TunnelType](b) })
	check("tunnel checksum", checksumNames, 0, func(b []byte) (encoding.TextMarshaler, error) { return as[TunnelChecksum](b) })
	check("check type", checkNames, 1, func(b []byte) (encoding.TextMarshaler, error) { return as[CheckType](b) })
	check("authentication type", authNames, 0, func(b []byte) (encoding.TextMarshaler, error) { return as[AuthType](b) })
	if got := Protocol(9).String(); got != "invalid(9)" {
		t.Error(got)
	}
	if _, err := as[Scheduler]([]byte("wlcc")); err == nil || !strings.Contains(err.Error(), `did you mean "wlc"?`) {
		t.Error(err)
	}
}

func as[T encoding.TextMarshaler, P interface {
	*T
	encoding.TextUnmarshaler
}](b []byte) (encoding.TextMarshaler, error) {
	var v T
	err := P(&v).UnmarshalText(b)
	return v, err
}

func TestTri(t *testing.T) {
	for _, tt := range []struct {
		tri         Tri
		outer, want bool
	}{{Unset, true, true}, {Unset, false, false}, {On, false, true}, {Off, true, false}, {TriOf(true), false, true}, {TriOf(false), true, false}} {
		if got := tt.tri.Or(tt.outer); got != tt.want {
			t.Errorf("%d in %t is %t", tt.tri, tt.outer, got)
		}
	}
}

// TestParse reads the text forms of the model's values. What is read is
// written in one form; an error is told in full.
func TestParse(t *testing.T) {
	tests := []struct {
		read func([]byte) (encoding.TextMarshaler, error)
		list [][2]string // text, then what it is written as, or the error after "!"
	}{
		{func(b []byte) (encoding.TextMarshaler, error) { return as[AddressRange](b) }, [][2]string{
			{"192.0.2.1", "192.0.2.1"},
			{"192.0.2.1-192.0.2.9", "192.0.2.1-192.0.2.9"},
			{"192.0.2.1-9", "192.0.2.1-192.0.2.9"},
			{"192.0.2.1-1", "192.0.2.1"},
			{"192.0.2.0/30", "192.0.2.0-192.0.2.3"},
			{"192.0.2.7/32", "192.0.2.7"},
			{"2001:db8::1-1f", "2001:db8::1-2001:db8::1f"},
			{"2001:db8::/126", "2001:db8::-2001:db8::3"},
			{"", `!"" is not an IP address, a range (a-b) or a prefix (a/len)`},
			{"web", `!"web" is not an IP address, a range (a-b) or a prefix (a/len)`},
			{"192.0.2.1/24", `!"192.0.2.1/24" has bits set beyond its prefix length; the network is 192.0.2.0/24`},
			{"192.0.2.9-1", `!"192.0.2.9-1" runs backwards`},
			{"192.0.2.9-256", `!"192.0.2.9-256": "256" does not end a range`},
			{"192.0.2.9-", `!"192.0.2.9-": "" does not end a range`},
			{"192.0.2.9-2001:db8::1", `!"192.0.2.9-2001:db8::1" mixes IPv4 and IPv6`},
			{"fe80::1%eth0", `!"fe80::1%eth0": an address of IPVS has no zone`},
			{"::ffff:192.0.2.1", `!"::ffff:192.0.2.1" is an IPv4 address in IPv6 clothes; write 192.0.2.1`},
		}},
		{func(b []byte) (encoding.TextMarshaler, error) { return as[PortRange](b) }, [][2]string{
			{"80", "80"}, {"1-65535", "1-65535"}, {"80-80", "80"},
			{"0", `!"0" is not a port from 1 to 65535 or a range of them`},
			{"65536", `!"65536" is not a port from 1 to 65535 or a range of them`},
			{"-1", `!"-1" is not a port from 1 to 65535 or a range of them`},
			{"80-", `!"80-" is not a port from 1 to 65535 or a range of them`},
			{"http", `!"http" is not a port from 1 to 65535 or a range of them`},
			{"90-80", `!"90-80" runs backwards`},
		}},
		{func(b []byte) (encoding.TextMarshaler, error) { return as[StatusRange](b) }, [][2]string{
			{"200", "200"}, {"200-299", "200-299"}, {"100-599", "100-599"},
			{"99", `!"99" is not an HTTP status from 100 to 599 or a range of them`},
			{"200-600", `!"200-600" is not an HTTP status from 100 to 599 or a range of them`},
		}},
		{func(b []byte) (encoding.TextMarshaler, error) { return as[Netmask](b) }, [][2]string{
			{"255.255.255.0", "255.255.255.0"}, {"24", "24"}, {"/24", "24"}, {"128", "128"}, {"255.0.255.0", "255.0.255.0"},
			{"0", `!"0" is neither a dotted netmask nor a prefix length from 1 to 128`},
			{"129", `!"129" is neither a dotted netmask nor a prefix length from 1 to 128`},
			{"0.0.0.0", `!"0.0.0.0" is neither a dotted netmask nor a prefix length from 1 to 128`},
			{"ffff::", `!"ffff::" is neither a dotted netmask nor a prefix length from 1 to 128`},
		}},
		{func(b []byte) (encoding.TextMarshaler, error) { return as[Endpoint](b) }, [][2]string{
			{"10.0.0.1:80", "10.0.0.1:80"}, {"10.0.0.1", "10.0.0.1"}, {"[2001:db8::1]:80", "[2001:db8::1]:80"}, {"2001:db8::1", "2001:db8::1"},
			{"10.0.0.1:0", `!"10.0.0.1:0": port 0 is not a port; leave it out to use the virtual server's`},
			{"10.0.0.1:65536", `!"10.0.0.1:65536" is not an address with a port, such as "10.0.0.1:80"`},
			{"web:80", `!"web:80" is not an address with a port, such as "10.0.0.1:80"`},
			{"[fe80::1%eth0]:80", `!"[fe80::1%eth0]:80": an address of IPVS has no zone`},
			{"::ffff:10.0.0.1", `!"::ffff:10.0.0.1" is an IPv4 address in IPv6 clothes; write 10.0.0.1`},
		}},
		{func(b []byte) (encoding.TextMarshaler, error) { return as[Prefix](b) }, [][2]string{
			{"192.0.2.1/24", "192.0.2.1/24"}, {"192.0.2.1", "192.0.2.1/32"}, {"2001:db8::1", "2001:db8::1/128"},
			{"192.0.2.1/33", `!"192.0.2.1/33" is not an address with an optional prefix length, such as "192.0.2.10/24"`},
			{"fe80::1%eth0", `!"fe80::1%eth0" is not an address with an optional prefix length, such as "192.0.2.10/24"`},
		}},
		{func(b []byte) (encoding.TextMarshaler, error) { return as[Scope](b) }, [][2]string{
			{"global", "global"}, {"link", "link"}, {"host", "host"}, {"site", "site"}, {"nowhere", "nowhere"}, {"7", "7"}, {"253", "link"},
			{"256", `!"256" is not a scope; use global, site, link, host, nowhere or a number up to 255`},
		}},
		{func(b []byte) (encoding.TextMarshaler, error) { return as[Digest](b) }, [][2]string{
			{"e694aa37abf20c91a442da4841aeccdf", "e694aa37abf20c91a442da4841aeccdf"},
			{"e694", "!a digest is 32 hexadecimal digits, this has 4 characters; `lbgit digest URL` prints one"},
			{strings.Repeat("x", 32), "!a digest is 32 hexadecimal digits; `lbgit digest URL` prints one"},
		}},
	}
	for _, tt := range tests {
		for _, x := range tt.list {
			v, err := tt.read([]byte(x[0]))
			if want, bad := strings.CutPrefix(x[1], "!"); bad {
				if err == nil || err.Error() != want {
					t.Errorf("%q: error %v, want %s", x[0], err, want)
				}
				continue
			}
			if err != nil {
				t.Errorf("%q: %v", x[0], err)
				continue
			}
			b, _ := v.MarshalText()
			again, err := tt.read(b)
			if string(b) != x[1] || err != nil || again != v {
				t.Errorf("%q is written as %s and read back as %v, %v; want %s", x[0], b, again, err, x[1])
			}
		}
	}
}

func TestNetmaskNormal(t *testing.T) {
	for _, tt := range []struct {
		in   Netmask
		fam  Family
		want Netmask
	}{
		{Netmask{Bits: 24}, IPv4, Netmask{V4: 0xffffff00}},
		{Netmask{Bits: 32}, IPv4, Netmask{V4: 0xffffffff}},
		{Netmask{Bits: 1}, IPv4, Netmask{V4: 0x80000000}},
		{Netmask{Bits: 24}, IPv6, Netmask{Bits: 24}},
		{Netmask{V4: 0xff000000}, IPv4, Netmask{V4: 0xff000000}},
		{Netmask{}, IPv4, Netmask{}},
	} {
		if got := tt.in.Normal(tt.fam); got != tt.want {
			t.Errorf("%v for %s is %v, want %v", tt.in, tt.fam, got, tt.want)
		}
	}
}

func TestServices(t *testing.T) {
	for _, tt := range []struct {
		name string
		vs   VirtualServer
		want []string
		n    int
	}{
		{"one", VirtualServer{Addresses: []AddressRange{span("192.0.2.1")}, Ports: ports("80")}, []string{"tcp 192.0.2.1:80"}, 1},
		{"each with each", VirtualServer{Addresses: []AddressRange{span("192.0.2.1-2"), span("192.0.2.9")}, Ports: ports("80-81"), Protocol: UDP},
			[]string{"udp 192.0.2.1:80", "udp 192.0.2.1:81", "udp 192.0.2.2:80", "udp 192.0.2.2:81", "udp 192.0.2.9:80", "udp 192.0.2.9:81"}, 6},
		{"every port", VirtualServer{Addresses: []AddressRange{span("2001:db8::1")}, Protocol: SCTP}, []string{"sctp [2001:db8::1]:0"}, 1},
		{"mark", VirtualServer{FWMark: 7}, []string{"fwmark 7"}, 1},
		{"mark of its servers' family", VirtualServer{FWMark: 7, RealServers: []*RealServer{server("2001:db8::1")}}, []string{"fwmark 7 ipv6"}, 1},
		{"mark, tunnels last", VirtualServer{FWMark: 7, RealServers: []*RealServer{{Endpoint: end("2001:db8::1"), Forward: TUN}, server("10.0.0.1")}}, []string{"fwmark 7"}, 1},
		{"the last address and port there are", VirtualServer{Addresses: []AddressRange{span("255.255.255.255")}, Ports: ports("65535")}, []string{"tcp 255.255.255.255:65535"}, 1},
		{"none", VirtualServer{}, nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for s := range tt.vs.Services() {
				got = append(got, s.String())
			}
			if !slices.Equal(got, tt.want) || tt.vs.ServiceCount() != tt.n {
				t.Errorf("got %q, counted %d", got, tt.vs.ServiceCount())
			}
		})
	}
}

// TestServicesAreBounded: a whole IPv6 network with all ports is counted and
// walked no further than the limit.
func TestServicesAreBounded(t *testing.T) {
	vs := VirtualServer{Addresses: []AddressRange{span("2001:db8::/32"), span("2001:db9::/32")}, Ports: ports("1-65535")}
	n := 0
	for range vs.Services() {
		n++
	}
	if n != MaxServices || vs.ServiceCount() != MaxServices+1 {
		t.Errorf("%d services, counted %d", n, vs.ServiceCount())
	}
}

func TestTitle(t *testing.T) {
	for _, tt := range []struct {
		vs   VirtualServer
		want string
	}{
		{VirtualServer{Name: "web", FWMark: 1}, "web"},
		{VirtualServer{FWMark: 7, Family: IPv6}, "fwmark 7 ipv6"},
		{VirtualServer{Addresses: []AddressRange{span("192.0.2.1")}, Ports: ports("80")}, "tcp 192.0.2.1:80"},
		{VirtualServer{Addresses: []AddressRange{span("192.0.2.1")}, Ports: ports("443")}, "tcp 192.0.2.1:443"},
		{VirtualServer{}, "virtual server"},
	} {
		if got := tt.vs.Title(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestRequests(t *testing.T) {
	s := []StatusRange{{200, 299}}
	for _, tt := range []struct {
		name string
		c    Check
		want string
	}{
		{"none said", Check{}, "[{/ []  }]"},
		{"one", Check{Path: "/a", Status: s, Host: "h"}, "[{/a [200-299]  h}]"},
		{"URLs inherit", Check{Status: s, Host: "h", URLs: []URL{{Path: "/a"}, {Path: "/b", Host: "x", Status: []StatusRange{{404, 404}}}}}, "[{/a [200-299]  h} {/b [404]  x}]"},
		{"both", Check{Path: "/", URLs: []URL{{Path: "/a"}}}, "[{/ []  } {/a []  }]"},
	} {
		if got := fmt.Sprint(tt.c.Requests()); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}
