package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/lbgit/lbgit/runtime/control"
)

func statusCommand() *cobra.Command {
	var c common
	var format string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what the daemon sees",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := control.Dial(c.socket)
			if err != nil {
				return err
			}
			s, err := d.Status(cmd.Context())
			if err != nil {
				return err
			}
			switch format {
			case "json":
				e := json.NewEncoder(cmd.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(s)
			case "text":
				return statusText(cmd.OutOrStdout(), &s)
			}
			return fmt.Errorf("--format %s: there are text and json", format)
		},
	}
	c.commonFlags(cmd)
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

// behind tells of notifications that somebody should know of: lost ones, and
// lines that nobody reads.
func behind(n *control.Notify) (out []string) {
	if n.LostLines > 0 {
		out = append(out, fmt.Sprintf("%d lines for FIFOs were lost", n.LostLines))
	}
	if n.LostMails > 0 {
		out = append(out, fmt.Sprintf("%d mails were given up", n.LostMails))
	}
	for _, path := range slices.Sorted(maps.Keys(n.Lines)) {
		if n.Lines[path] > 0 {
			out = append(out, fmt.Sprintf("%d lines wait for a reader of %s", n.Lines[path], path))
		}
	}
	return out
}

func statusText(w io.Writer, s *control.Status) error {
	fmt.Fprintf(w, "node %s, %s\nsource %s at %s", s.Node, s.Version, s.Source, orNone(s.Revision))
	if !s.Applied.IsZero() {
		fmt.Fprintf(w, ", in force since %s", s.Applied.Format(time.DateTime))
	}
	fmt.Fprintln(w)
	for _, l := range []struct {
		what string
		list []string
	}{{"only observing", flag(s.Observe)}, {"held", one(s.Held)}, {"source error", one(s.SourceError)}, {"failed", s.Failures},
		{"conflict", s.Conflicts}, {"contended", s.Contended}, {"waiting for its interface", s.Waiting}, {"notifications", behind(&s.Notify)}} {
		for _, x := range l.list {
			fmt.Fprintf(w, "! %s: %s\n", l.what, x)
		}
	}
	t := tabwriter.NewWriter(w, 2, 8, 2, ' ', 0)
	instancesText(t, s.Instances)
	bfdText(t, s.BFD)
	if len(s.Services) > 0 {
		fmt.Fprintln(t, "\nVIRTUAL SERVER\tREAL SERVER\tWEIGHT\tHEALTH\tSINCE\tREASON")
	}
	for _, v := range s.Services {
		quorum := "up"
		if !v.Quorum {
			quorum = "quorum lost"
		}
		fmt.Fprintf(t, "%s (%s)\t\t%d\t%s\t\t%s\n", v.Name, v.Scheduler, v.Weight, quorum, strings.Join(v.Services, ", "))
		for _, r := range v.Servers {
			fmt.Fprintf(t, "\t%s\t%d\t%s\t%s\t%s\n", r.Address, r.Weight, r.Health, since(r.Since), r.Reason)
		}
	}
	return t.Flush()
}

func orNone(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func since(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return time.Since(t).Round(time.Second).String()
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func flag(on bool) []string {
	if on {
		return []string{"nothing is written"}
	}
	return nil
}

// filled leaves out what is empty.
func filled(s ...string) []string {
	return slices.DeleteFunc(s, func(x string) bool { return x == "" })
}
