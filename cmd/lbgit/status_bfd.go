package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/lbgit/lbgit/runtime/control"
)

// bfdText is the section of BFD sessions.
func bfdText(w io.Writer, list []control.BFDSession) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(w, "\nBFD SESSION\tSTATE\tNEIGHBOUR\tTHEIR STATE\tINTERVAL\tDETECTION\tSINCE\tSENT\tRECEIVED\tWHY")
	for _, s := range list {
		var why []string
		if s.State != "Up" {
			why = append(why, s.Diagnostic)
			if s.Up {
				why = append(why, "counts as up")
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\n", s.Name, s.State, s.Neighbor, s.RemoteState, s.Interval, s.Detection,
			since(s.Since), s.Sent, s.Received, strings.Join(append(why, filled(s.Problem)...), "; "))
	}
}
