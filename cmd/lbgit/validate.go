package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lbgit/lbgit/runtime/agent"
	"github.com/lbgit/lbgit/schema/diag"
	"github.com/lbgit/lbgit/translate"
)

func validateCommand() *cobra.Command {
	var c common
	var format string
	var here bool
	cmd := &cobra.Command{
		Use:   "validate SOURCE",
		Short: "Check a source and tell everything that is wrong with it",
		Long:  "Checks a source. Without --node the view of every node that the source names is\nchecked. Exits 0 when it can be applied, 1 when not.\n\nThe answer is the same on every machine, but for --here: it checks this node's\nview and looks at the programs and users of scripts, as the daemon does.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return fmt.Errorf("--format %s: there are text and json", format)
			}
			l, err := c.load(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			switch {
			case here && !l.diags.HasErrors():
				l.diags = append(l.diags, agent.InspectScripts(l.config).Rooted(l.rev.Root)...)
			case !here && c.node == "":
				l.everyNode()
			}
			if format == "json" {
				b, err := json.MarshalIndent(l.diags.Sort(), "", "  ")
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), string(b))
				if l.diags.HasErrors() {
					return exit(1)
				}
				return nil
			}
			if err := l.report(cmd.ErrOrStderr()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "ok: %d virtual servers, %d VRRP instances, %d warnings\n",
				len(l.config.VirtualServers), len(l.config.Instances), l.diags.Count(diag.Warning))
			return nil
		},
	}
	c.sourceFlags(cmd)
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	cmd.Flags().BoolVar(&here, "here", false, "look at this machine's scripts, too")
	return cmd
}

// everyNode replaces the view of this node by those of all that are named.
func (l *loaded) everyNode() {
	nodes, _ := translate.Nodes(l.rev.Tree, l.rev.Path, l.env)
	if len(nodes) == 0 {
		return
	}
	var loader translate.Loader
	l.diags = nil
	for _, n := range nodes {
		env := l.env
		env.Node = n
		r := loader.Load(l.rev.Tree, l.rev.Path, env)
		l.config = r.Config
		l.diags = append(l.diags, r.Diags.Rooted(l.rev.Root)...)
	}
	l.diags = l.diags.Sort()
}
