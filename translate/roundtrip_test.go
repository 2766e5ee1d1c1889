package translate

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/lbgit/lbgit/schema"
	"github.com/lbgit/lbgit/schema/diag"
)

// same compares configurations by what they say, not by where it stands.
var same = cmp.Options{
	cmpopts.IgnoreTypes(diag.Range{}),
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b schema.Secret) bool { return a.Reveal() == b.Reveal() }),
}

// TestRoundTrip writes random configurations in both languages and reads them
// back. It goes over the model by reflection, so a new field is in it at once.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := &schema.Config{}
		fill(t, reflect.ValueOf(cfg).Elem(), 0)
		cfg.Node, cfg.Declared = "n1", []string{"n1", "n2"}
		for _, format := range []string{HCL, YAML} {
			text, err := Encode(cfg, format)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Format("a."+format, text)
			if err != nil {
				t.Fatalf("format: %v\n%s", err, text)
			}
			if diff := cmp.Diff(string(text), string(again)); diff != "" {
				t.Fatalf("Format changes what Encode wrote: %s", diff)
			}
			got, l := Load(fstest.MapFS{"a." + format: {Data: text}}, ".", Env{Node: "n1"})
			if diff := cmp.Diff(cfg, got, same); diff != "" {
				t.Fatalf("%s: %s\n%s\n%s", format, diff, text, l.Text())
			}
		}
	})
}

var words = []string{"", "true", "null", "~", "017", "1.10", "0x10", "yes", "<<", "=", "- a", "${x}", "%{if}", "$${", "a: b", "#c", "2001-01-01", "a\nb", "'\"\\", "é ü", " x ", "10.0.0.1:80"}

func text(t *rapid.T) string {
	if rapid.Bool().Draw(t, "word") {
		return rapid.SampledFrom(words).Draw(t, "text")
	}
	return rapid.StringOf(rapid.RuneFrom([]rune("abzAZ019 _-.\"\\$%{}#\n\t'é:,[]&*!|>@`~<=?"))).Draw(t, "text")
}

func addr(t *rapid.T) netip.Addr {
	return netip.MustParseAddr(rapid.SampledFrom([]string{"192.0.2.1", "10.0.0.255", "2001:db8::1", "ff02::12", "0.0.0.0"}).Draw(t, "addr"))
}

// samples give values of the types that are read from text.
var samples = map[reflect.Type]func(*rapid.T) any{
	reflect.TypeFor[netip.Addr]():    func(t *rapid.T) any { return addr(t) },
	reflect.TypeFor[schema.Secret](): func(t *rapid.T) any { return schema.SecretOf(text(t)) },
	reflect.TypeFor[schema.Prefix](): func(t *rapid.T) any {
		a := addr(t)
		return schema.Prefix{Addr: a, Bits: uint8(rapid.IntRange(0, a.BitLen()).Draw(t, "bits"))}
	},
	reflect.TypeFor[schema.Scope]():     func(t *rapid.T) any { return schema.Scope(rapid.Uint8().Draw(t, "scope")) },
	reflect.TypeFor[schema.PortRange](): func(t *rapid.T) any { a, b := pair(t, 1, 65535); return schema.PortRange{First: a, Last: b} },
	reflect.TypeFor[schema.StatusRange](): func(t *rapid.T) any {
		a, b := pair(t, 100, 599)
		return schema.StatusRange{First: a, Last: b}
	},
	reflect.TypeFor[schema.AddressRange](): func(t *rapid.T) any {
		a := addr(t)
		if rapid.Bool().Draw(t, "range") {
			return schema.AddressRange{First: a, Last: a.Next()}
		}
		return schema.One(a)
	},
	reflect.TypeFor[schema.Endpoint](): func(t *rapid.T) any {
		return schema.Endpoint{Addr: addr(t), Port: rapid.Uint16().Draw(t, "port")}
	},
	reflect.TypeFor[schema.Digest](): func(t *rapid.T) any { return schema.Digest{rapid.Byte().Draw(t, "digest"), 1} },
	reflect.TypeFor[schema.Netmask](): func(t *rapid.T) any {
		if rapid.Bool().Draw(t, "v4") {
			return schema.Netmask{V4: rapid.Uint32Min(1).Draw(t, "mask")}
		}
		return schema.Netmask{Bits: uint8(rapid.IntRange(1, 128).Draw(t, "bits"))}
	},
	reflect.TypeFor[time.Duration](): func(t *rapid.T) any {
		return time.Duration(rapid.Int64Range(0, int64(100*time.Hour)).Draw(t, "duration"))
	},
	reflect.TypeFor[schema.Protocol]():       enum(schema.TCP, schema.SCTP),
	reflect.TypeFor[schema.Family]():         enum(schema.IPv4, schema.IPv6),
	reflect.TypeFor[schema.Scheduler]():      enum(schema.WLC, schema.TWOS),
	reflect.TypeFor[schema.SchedulerFlag]():  enum(schema.Flag1, schema.MHPort),
	reflect.TypeFor[schema.Forward]():        enum(schema.NAT, schema.TUN),
	reflect.TypeFor[schema.TunnelType]():     enum(schema.IPIP, schema.GRE),
	reflect.TypeFor[schema.TunnelChecksum](): enum(schema.NoChecksum, schema.RemoteChecksum),
	reflect.TypeFor[schema.CheckType]():      enum(schema.CheckTCP, schema.CheckBFD),
	reflect.TypeFor[schema.OldChecksum]():    enum(schema.OldChecksumAuto, schema.OldChecksumNever),
	reflect.TypeFor[schema.BFDUse]():         enum(schema.BFDBoth, schema.BFDChecker),
	reflect.TypeFor[schema.AuthReplay]():     enum(schema.ReplayTime, schema.ReplayMonotonic),
	reflect.TypeFor[schema.AuthMode]():       enum(schema.AuthEnforce, schema.AuthReceiveOnly),
	reflect.TypeFor[schema.AuthType]():       enum(schema.AuthNone, schema.AuthHMAC),
	reflect.TypeFor[schema.IPVLANMode]():     enum(schema.IPVLANBridge, schema.IPVLANVEPA),
	reflect.TypeFor[schema.MAC](): func(t *rapid.T) any {
		m := schema.MAC{Octets: [6]byte{2, 0, 0x5e, rapid.Byte().Draw(t, "octet")}, Len: 5}
		if rapid.Bool().Draw(t, "whole") {
			m = m.With(rapid.Byte().Draw(t, "last"))
		}
		return m
	},
	reflect.TypeFor[schema.RuleAction](): enum(schema.RuleLookup, schema.RuleProhibit),
	reflect.TypeFor[schema.TOS]():        enum(schema.TOS(0), schema.TOS(255)),
	reflect.TypeFor[schema.IPProtocol](): enum(schema.IPProtocol(0), schema.IPProtocol(255)),
	reflect.TypeFor[schema.Realms]():     func(t *rapid.T) any { return schema.Realms(rapid.Uint32().Draw(t, "realms")) },
	reflect.TypeFor[schema.UserRange](): func(t *rapid.T) any {
		a, b := pair(t, 0, 65535)
		return schema.UserRange{First: uint32(a), Last: uint32(b)}
	},
	reflect.TypeFor[schema.Table](): func(t *rapid.T) any {
		if rapid.Bool().Draw(t, "named") {
			return schema.Table{Name: "blue"}
		}
		return schema.Table{Number: rapid.Uint32().Draw(t, "table")}
	},
	reflect.TypeFor[schema.Tri]():        enum(schema.On, schema.Off),
	reflect.TypeFor[schema.ParamMatch](): enum(schema.ParamsExact, schema.ParamsInitial),
	reflect.TypeFor[schema.FIFOEvents](): enum(schema.AllEvents, schema.LVSEvents),
	reflect.TypeFor[schema.MailTLS]():    enum(schema.MailSTARTTLS, schema.MailPlain),
}

func enum[T ~uint8](lo, hi T) func(*rapid.T) any {
	return func(t *rapid.T) any { return T(rapid.Uint8Range(uint8(lo), uint8(hi)).Draw(t, "enum")) }
}

func pair(t *rapid.T, lo, hi uint16) (uint16, uint16) {
	a := rapid.Uint16Range(lo, hi).Draw(t, "first")
	return a, rapid.Uint16Range(a, hi).Draw(t, "last")
}

// fill gives random fields of a struct random values; the others keep their
// defaults. Labels are always set.
func fill(t *rapid.T, v reflect.Value, depth int) {
	if d, ok := v.Addr().Interface().(interface{ SetDefaults() }); ok {
		d.SetDefaults()
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("conf"), ",")
		label := slices.Contains(strings.Split(opts, ","), "label")
		switch {
		case f.Anonymous:
			fill(t, v.Field(i), depth)
		case f.Type == reflect.TypeFor[diag.Range]() || name == "" || name == "-":
		case name == "nodes":
			v.Field(i).Set(reflect.ValueOf(rapid.SampledFrom([][]string{nil, {"n1"}, {"n1", "n2"}}).Draw(t, "nodes")))
		case label && f.Type.Kind() == reflect.String && !strings.Contains(opts, "optional"):
			v.Field(i).SetString("l" + text(t))
		case label || rapid.IntRange(0, 2).Draw(t, name) == 0:
			set(t, v.Field(i), depth)
		}
	}
}

func set(t *rapid.T, v reflect.Value, depth int) {
	if s := samples[v.Type()]; s != nil {
		v.Set(reflect.ValueOf(s(t)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text(t))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int32:
		v.SetInt(int64(rapid.Int32().Draw(t, "int")))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		v.SetUint(uint64(rapid.Uint32Range(0, uint32(1)<<v.Type().Bits()-1).Draw(t, "uint")))
	case reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(t, "uint"))
	case reflect.Struct:
		fill(t, v, depth+1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		set(t, v.Elem(), depth)
	case reflect.Slice:
		n := rapid.IntRange(1, 2).Draw(t, "len")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			set(t, v.Index(i), depth)
		}
	default:
		t.Fatalf("no sample for %s", v.Type())
	}
}

func diffConfig(a, b *schema.Config) string { return cmp.Diff(a, b, same) }
