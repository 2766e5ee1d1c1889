package nl

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Genl begins a request to a generic netlink family (struct genlmsghdr).
func (b *Batch) Genl(family uint16, cmd, version uint8) {
	b.Begin(family, 0)
	b.Raw(cmd, version, 0, 0)
}

// GenlBody gives the attributes of a generic netlink message.
func GenlBody(body []byte) []byte {
	if len(body) < 4 {
		return nil
	}
	return body[4:]
}

// Family asks for the number of a generic netlink family. Numbers change when
// a module is loaded anew: ask once for every socket. A family that is not
// there is unix.ENOENT.
func (s *Socket) Family(name string) (uint16, error) {
	var b Batch
	b.Genl(unix.GENL_ID_CTRL, unix.CTRL_CMD_GETFAMILY, 1)
	b.String(unix.CTRL_ATTR_FAMILY_NAME, name)
	var id uint16
	err := s.Get(&b, func(body []byte) error {
		for typ, v := range Attrs(GenlBody(body)) {
			if typ == unix.CTRL_ATTR_FAMILY_ID {
				id = v.Uint16()
			}
		}
		return nil
	})
	if err == nil && id == 0 {
		err = errors.New("no number in the answer")
	}
	if err != nil {
		return 0, fmt.Errorf("netlink family %s: %w", name, err)
	}
	return id, nil
}
