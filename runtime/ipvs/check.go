package ipvs

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
)

// Lengths of names, with their closing zero (uapi/linux/ip_vs.h).
const (
	schedulerNameSize = 16 // IP_VS_SCHEDNAME_MAXLEN
	engineNameSize    = 16 // IP_VS_PENAME_MAXLEN
)

// checkService finds values that the message cannot carry; what the kernel can
// judge is left to it.
func checkService(s *state.Service) error {
	if s.Mark == 0 && !s.Addr.IsValid() {
		return errors.New("it has neither an address nor a firewall mark")
	}
	if s.Addr.Zone() != "" || s.Addr.Is4In6() {
		return fmt.Errorf("%s is no address that IPVS knows", s.Addr)
	}
	if len(s.Scheduler) >= schedulerNameSize || len(s.Engine) >= engineNameSize {
		return errors.New("the name of its scheduler or persistence engine is longer than 15 bytes")
	}
	return nil
}

// checkDest refuses what the kernel would take and do something else with: it
// accepts any number as forwarding method.
func checkDest(d *state.Destination) error {
	switch {
	case d.Service.Mark == 0 && !d.Service.Addr.IsValid():
		return errors.New("its service has neither an address nor a firewall mark")
	case !d.Addr.IsValid() || d.Addr.Zone() != "" || d.Addr.Is4In6():
		return fmt.Errorf("%s is no address that IPVS knows", d.Addr)
	case d.Forward > state.ForwardBypass:
		return fmt.Errorf("unknown forwarding method %d", d.Forward)
	case d.Weight < 0:
		return fmt.Errorf("weight %d: %w", d.Weight, unix.ERANGE)
	}
	return nil
}
