package link

import (
	"encoding/hex"
	"net"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

var testMAC = net.HardwareAddr{2, 0, 0, 0, 0, 0x51}

func TestGratuitousARP(t *testing.T) {
	p, err := gratuitous(testMAC, netip.MustParseAddr("192.0.2.10"))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := p.MarshalBinary()
	// Ethernet, IPv4, request; the target's MAC is the broadcast one.
	const want = "0001080006040001" + "020000000051" + "c000020a" + "ffffffffffff" + "c000020a"
	if got := hex.EncodeToString(b); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAdvertisement(t *testing.T) {
	for router, flags := range map[bool]string{false: "20", true: "a0"} {
		b := advertisement(netip.MustParseAddr("2001:db8::10"), testMAC, router)
		want := "88000000" + flags + "000000" + "20010db8000000000000000000000010" + "0201" + "020000000051"
		if got := hex.EncodeToString(b[:]); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestPacketInfo(t *testing.T) {
	var space [64]byte
	list, err := unix.ParseSocketControlMessage(packetInfo(space[:0], 7, netip.MustParseAddr("2001:db8::10")))
	if err != nil || len(list) != 1 || list[0].Header.Level != unix.IPPROTO_IPV6 || list[0].Header.Type != unix.IPV6_PKTINFO {
		t.Fatalf("%+v, %v", list, err)
	}
	if got := hex.EncodeToString(list[0].Data[:20]); got != "20010db8000000000000000000000010"+"07000000" {
		t.Errorf("got %s", got)
	}
}

func TestSysctlPaths(t *testing.T) {
	for path, want := range map[string]string{
		"net/ipv4/conf/eth0.100/promote_secondaries": "/proc/sys/net/ipv4/conf/eth0.100/promote_secondaries",
		"../etc/passwd": "", "/etc/passwd": "", "": "", "net/../../etc/passwd": "",
	} {
		got, err := sysctlFile(path)
		if got != want || (err == nil) == (want == "") || err != nil && !strings.Contains(err.Error(), "no kernel parameter") {
			t.Errorf("%q is %q, %v", path, got, err)
		}
	}
}
