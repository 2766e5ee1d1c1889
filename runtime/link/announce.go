package link

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/mdlayher/arp"
	"github.com/mdlayher/ethernet"
	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/internal/nl"
)

// Announcer tells the neighbours of an interface that addresses are here now:
// by gratuitous ARP for IPv4, by unsolicited neighbour advertisements for IPv6.
// Its methods may be called from any goroutine.
type Announcer struct {
	log       *slog.Logger
	namespace *nl.Namespace
	names     *names
	failed    error // why there are no namespace and names

	mu       sync.Mutex
	clients  map[string]*arpClient
	neighbor *neighborSocket // nil until needed
	limits   []Limit
	pacers   map[pacerKey]*pacer
}

// arpClient sends on one interface, as it was when the client was made.
type arpClient struct {
	*arp.Client
	index int
	mac   net.HardwareAddr
}

// NewAnnouncer makes an announcer for the calling thread's network namespace.
// What it lacks, such as CAP_NET_RAW, it says when it announces.
func NewAnnouncer(log *slog.Logger) *Announcer {
	a := &Announcer{log: log, clients: map[string]*arpClient{}, pacers: map[pacerKey]*pacer{}}
	if a.namespace, a.failed = nl.Here(); a.failed == nil {
		a.names, a.failed = openNames()
	}
	return a
}

// Burst is what is to be announced.
type Burst struct {
	// Owner is who holds the addresses, for Drop.
	Owner string
	// Link is where they are; Base the interface that frames leave by in the end,
	// which a limit is about.
	Link, Base string
	Addrs      []netip.Addr
	// Repeat is the number of rounds, of one packet for each address.
	Repeat int
}

// Announce sends a burst: without pauses where there is no limit, and otherwise
// in its own time, without holding up the caller. An interface that has no
// neighbours in the sense of Ethernet (loopback, tunnels, NOARP) needs no
// announcement, and gets none.
func (a *Announcer) Announce(b Burst) error {
	var free []netip.Addr
	slow := map[*pacer][]frame{}
	for _, addr := range b.Addrs {
		addr = addr.Unmap()
		if p := a.pacer(b.Base, addr.Is4()); p != nil {
			slow[p] = append(slow[p], frame{b.Owner, b.Link, addr, b.Repeat})
		} else {
			free = append(free, addr)
		}
	}
	for p, frames := range slow {
		p.push(frames)
	}
	if len(free) == 0 {
		return nil
	}
	return a.now(b.Link, free, b.Repeat)
}

// now sends rounds without pauses.
func (a *Announcer) now(dev string, addrs []netip.Addr, repeat int) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failed != nil {
		return fmt.Errorf("announce on %s: %w", dev, a.failed)
	}
	i, err := a.names.lookup(dev)
	if err != nil {
		a.forget(dev)
		return fmt.Errorf("announce on %s: %w", dev, err)
	}
	if i.mac == nil || i.flags&(unix.IFF_NOARP|unix.IFF_LOOPBACK) != 0 {
		a.log.Debug("no announcement on an interface without neighbours", "interface", dev)
		return nil
	}
	router := slices.ContainsFunc(addrs, netip.Addr.Is6) && a.forwards(dev)
	var errs []error
	for range repeat {
		for _, addr := range addrs {
			if err := a.send(dev, &i, addr, router); err != nil {
				errs = append(errs, fmt.Errorf("announce %s on %s: %w", addr, dev, err))
			}
		}
		if len(errs) > 0 {
			a.forget(dev) // a new socket may fare better
			break
		}
	}
	return errors.Join(errs...)
}

func (a *Announcer) send(dev string, i *ifaceInfo, addr netip.Addr, router bool) error {
	if addr.Is4() {
		c, err := a.client(dev, i)
		if err != nil {
			return err
		}
		p, err := gratuitous(i.mac, addr)
		if err != nil {
			return err
		}
		return c.WriteTo(p, ethernet.Broadcast)
	}
	if !addr.IsValid() {
		return errors.New("no address")
	}
	if a.neighbor == nil {
		err := a.namespace.Run(func() (err error) {
			a.neighbor, err = openNeighbor()
			return err
		})
		if err != nil {
			return err
		}
	}
	return a.neighbor.advertise(i, addr, router)
}

// forwards tells whether IPv6 packets that come in by the interface are
// forwarded, in other words whether it is a router's.
func (a *Announcer) forwards(dev string) (yes bool) {
	_ = a.namespace.Run(func() error {
		p, err := os.ReadFile(filepath.Join(sysctlRoot, "net/ipv6/conf", dev, "forwarding"))
		yes = len(p) > 0 && p[0] != '0'
		return err
	})
	return yes
}

// gratuitous is a request for the address by the address, as keepalived sends
// it: some neighbours learn from requests only.
func gratuitous(mac net.HardwareAddr, addr netip.Addr) (*arp.Packet, error) {
	return arp.NewPacket(arp.OperationRequest, mac, addr, ethernet.Broadcast, addr)
}

// client gives the interface's client, a new one if the interface is another
// than it was.
func (a *Announcer) client(dev string, i *ifaceInfo) (*arpClient, error) {
	if c := a.clients[dev]; c != nil {
		if c.index == i.index && slices.Equal(c.mac, i.mac) {
			return c, nil
		}
		a.forget(dev)
	}
	var c *arp.Client
	err := a.namespace.Run(func() (err error) {
		c, err = dial(&net.Interface{Index: i.index, Name: dev, HardwareAddr: i.mac})
		return err
	})
	if err != nil {
		return nil, err
	}
	a.clients[dev] = &arpClient{Client: c, index: i.index, mac: i.mac}
	return a.clients[dev], nil
}

func dial(ifi *net.Interface) (*arp.Client, error) {
	// Protocol 0 receives nothing: this socket only sends.
	conn, err := packet.Listen(ifi, packet.Raw, 0, nil)
	if err != nil {
		return nil, err
	}
	c, err := arp.New(ifi, conn)
	if err != nil {
		// The library wants an IPv4 address of the interface for requests that
		// it makes up itself. All of ours are complete, so where the interface
		// has none that of another one does, the loopback's if need be.
		c, err = arp.New(anyWithAddress(ifi), conn)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return c, nil
}

// anyWithAddress gives an interface that looks like ifi and has an IPv4 address.
func anyWithAddress(ifi *net.Interface) *net.Interface {
	like := *ifi
	all, _ := net.Interfaces()
	for i := range all {
		addrs, _ := all[i].Addrs()
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil {
				like.Index = all[i].Index
				return &like
			}
		}
	}
	return &like
}

func (a *Announcer) forget(dev string) {
	if c := a.clients[dev]; c != nil {
		_ = c.Close()
		delete(a.clients, dev)
	}
}

// Close closes all sockets.
func (a *Announcer) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range a.pacers {
		p.drop("")
	}
	for dev := range a.clients {
		a.forget(dev)
	}
	var errs []error
	if a.neighbor != nil {
		errs = append(errs, a.neighbor.Close())
	}
	if a.names != nil {
		errs = append(errs, a.names.Close())
	}
	if a.namespace != nil {
		errs = append(errs, a.namespace.Close())
	}
	return errors.Join(errs...)
}
