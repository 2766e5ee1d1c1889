package render

import (
	"fmt"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/schema/diag"
)

// FormatVersion is the version of the JSON form. It grows when a reader of
// the version before would misunderstand.
const FormatVersion = 1

// Document is a plan with what it was made from.
type Document struct {
	Node string
	// Source is what the plan was made from, as the user named it; Revision
	// the commit or content hash that it held.
	Source   string
	Revision string
	// SourceHash covers the bytes of every file that was read: a saved plan
	// fits only a source that still has it.
	SourceHash string
	Notes      diag.List
	Plan       plan.Plan
}

// Summary counts operations in one line.
func Summary(p *plan.Plan) string {
	if p.IsEmpty() {
		return "No changes."
	}
	var n [4]int
	for i := range p.Ops {
		n[p.Ops[i].Verb]++
	}
	return fmt.Sprintf("%d to add, %d to change, %d to remove.",
		n[state.Add], n[state.Update]+n[state.Replace], n[state.Remove])
}
