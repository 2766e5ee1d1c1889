package render

import (
	"fmt"
	"strings"

	"github.com/lbgit/lbgit/reconcile/state"
)

// Markdown shows a plan in a merge request: a summary line, then the
// operations as a diff block, which most hosts colour.
func Markdown(d *Document) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### lbgit plan for `%s`\n\n%s", d.Node, Summary(&d.Plan))
	if d.Revision != "" {
		fmt.Fprintf(&b, " Revision `%s`.", short(d.Revision))
	}
	b.WriteString("\n\n")
	for _, n := range d.Notes {
		fmt.Fprintf(&b, "- %s\n", n)
	}
	if len(d.Notes) > 0 {
		b.WriteByte('\n')
	}
	if len(d.Plan.Ops) > 0 {
		b.WriteString("```diff\n")
		for i := range d.Plan.Ops {
			op := &d.Plan.Ops[i]
			line := strings.TrimPrefix(Line(op), "  "+op.Verb.Symbol()+" ")
			b.WriteString(map[state.Verb]string{state.Add: "+ ", state.Update: "! ", state.Replace: "! ", state.Remove: "- "}[op.Verb])
			b.WriteString(line)
			b.WriteByte('\n')
		}
		b.WriteString("```\n")
	}
	var rest strings.Builder
	aside(&rest, &d.Plan)
	if rest.Len() > 0 {
		fmt.Fprintf(&b, "\n```\n%s```\n", strings.TrimRight(rest.String(), "\n")+"\n")
	}
	return b.String()
}

func short(rev string) string {
	rev = strings.TrimPrefix(rev, "sha256:")
	if len(rev) > 12 {
		return rev[:12]
	}
	return rev
}
