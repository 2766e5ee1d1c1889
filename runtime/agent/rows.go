package agent

import (
	"fmt"

	"github.com/lbgit/lbgit/reconcile/compile"
)

// lacks is why a pass did not give an instance all that its role is about, or
// nil. Optional rows are not part of that: they are tried again, and the instance
// stays what it is.
func lacks(in *compile.Instance, p *passed) error {
	// Peers that lost the election keep the addresses of others foreign.
	for _, c := range p.Plan.Conflicts {
		if !in.Optional(c.Desired) {
			return fmt.Errorf("%s is there already, and is not lbgit's", c.Desired.Name())
		}
	}
	for _, f := range p.result.Failures {
		if !in.Optional(f.Op.Object()) {
			return p.result.Err()
		}
	}
	if p.result.Left > 0 {
		return p.result.Err()
	}
	return nil
}
