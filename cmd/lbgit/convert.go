package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lbgit/lbgit/schema/diag"
	"github.com/lbgit/lbgit/translate"
)

func convertCommand() *cobra.Command {
	var c common
	var format, out string
	cmd := &cobra.Command{
		Use:   "convert FILE",
		Short: "Write a keepalived.conf, or any other source, as HCL or YAML",
		Long:  "Writes what a file means as HCL or YAML. The report goes to stderr. Exits 0 when\nall of it was converted, 2 when something was not, 1 on errors.\n\nIt writes the view of one node: where a source differs from node to node, convert\nit for each with --node, or move what differs into node blocks by hand.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := c.load(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			// What is understood and not active yet is in the model, so it is
			// converted all the same: `validate` refuses it, not `convert`.
			var list diag.List
			lost := false
			for _, d := range l.diags {
				if d.Rule == "inactive" && d.Severity == diag.Error {
					d.Severity = diag.Warning
				}
				lost = lost || d.Rule == "unsupported" || d.Rule == "ignored" || d.Rule == "unknown"
				list = append(list, d)
			}
			l.diags = list
			if err := l.report(cmd.ErrOrStderr()); err != nil {
				return err
			}
			if others := l.oneView(); len(others) > 0 {
				fmt.Fprintf(cmd.ErrOrStderr(), "this is what the source means for node %q only; with --node, convert it for %s, too\n", l.env.Node, strings.Join(others, ", "))
				lost = lost || c.node == ""
			}
			b, err := translate.Encode(l.config, format)
			if err != nil {
				return err
			}
			if out == "" {
				_, err = cmd.OutOrStdout().Write(b)
			} else {
				err = os.WriteFile(out, b, 0o600)
			}
			if err != nil {
				return err
			}
			if lost {
				fmt.Fprintln(cmd.ErrOrStderr(), "not everything was converted: see above")
				return exit(2)
			}
			return nil
		},
	}
	c.sourceFlags(cmd)
	cmd.Flags().StringVar(&format, "format", translate.HCL, "hcl or yaml")
	cmd.Flags().StringVar(&out, "out", "", "write to `file` instead of stdout")
	return cmd
}

// oneView leaves of the nodes that the conditions of a keepalived.conf name only
// the one whose view this is, so that no other runs it with this one's priority.
// It gives the others.
func (l *loaded) oneView() (others []string) {
	if len(l.config.Declared) == 0 || translate.FormatOf(l.rev.Path) != translate.Keepalived {
		return nil
	}
	others = slices.DeleteFunc(l.config.Declared, func(n string) bool { return n == l.env.Node })
	l.config.Declared = []string{l.env.Node}
	return others
}
