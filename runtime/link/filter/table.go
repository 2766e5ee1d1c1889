package filter

import (
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// table is lbgit's table: see the package's comment.
type table struct {
	*nftables.Table
	input  *nftables.Chain
	v4, v6 *nftables.Set
}

func newTable() *table {
	t := &table{Table: &nftables.Table{Name: "lbgit", Family: nftables.TableFamilyINet}}
	t.v4 = &nftables.Set{Table: t.Table, Name: "vips", KeyType: nftables.TypeIPAddr}
	t.v6 = &nftables.Set{Table: t.Table, Name: "vips6", KeyType: nftables.TypeIP6Addr}
	t.input = &nftables.Chain{
		Table: t.Table, Name: "input", Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookInput, Priority: nftables.ChainPriorityRef(*nftables.ChainPriorityFilter - 10),
	}
	return t
}

func (t *table) set(a netip.Addr) *nftables.Set {
	if a.Is4() {
		return t.v4
	}
	return t.v6
}

// build makes the table anew, in the batch of what is to be put into it: what
// is left of a damaged one goes, and the next pass puts its addresses back.
func (t *table) build(c *nftables.Conn) {
	c.AddTable(t.Table) // so that there is one to delete
	c.DelTable(t.Table)
	c.AddTable(t.Table)
	for _, s := range []*nftables.Set{t.v4, t.v6} {
		_ = c.AddSet(s, nil) // an error is about elements, and there are none
	}
	c.AddChain(t.input)
	for _, r := range t.rules() {
		c.AddRule(&nftables.Rule{Table: t.Table, Chain: t.input, Exprs: r})
	}
}

// rules are the chain's, in order. The offsets are those of the destination in
// the headers of IPv4 and IPv6.
func (t *table) rules() [][]expr.Any {
	const solicit, advert = 135, 136 // RFC 4861, sections 4.3 and 4.4
	return [][]expr.Any{
		dropTo(t.v4, unix.NFPROTO_IPV4, 16, 4),
		{
			&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
			&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.IPPROTO_ICMPV6}},
			&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 0, Len: 1},
			&expr.Cmp{Op: expr.CmpOpGte, Register: 1, Data: []byte{solicit}},
			&expr.Cmp{Op: expr.CmpOpLte, Register: 1, Data: []byte{advert}},
			&expr.Verdict{Kind: expr.VerdictAccept},
		},
		dropTo(t.v6, unix.NFPROTO_IPV6, 24, 16),
	}
}

func dropTo(s *nftables.Set, family byte, offset, size uint32) []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{family}},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: size},
		&expr.Lookup{SourceRegister: 1, SetName: s.Name, SetID: s.ID},
		&expr.Verdict{Kind: expr.VerdictDrop},
	}
}
