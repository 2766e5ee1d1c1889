package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/lbgit/lbgit/runtime/control"
)

// instancesText is the table of VRRP instances, and below it what explains each
// of them.
func instancesText(w io.Writer, list []control.Instance) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(w, "\nINSTANCE\tSTATE\tPRIORITY\tINTERFACE\tVRID\tMASTER\tSINCE\tCAUSE")
	for _, i := range list {
		cause := filled(i.Cause, i.Faults)
		if strings.Contains(i.Faults, i.Cause) {
			cause = filled(i.Faults)
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%d\t%s\t%s\t%s\n", i.Name, stateText(&i), i.Priority, i.Interface, i.VRID,
			masterText(&i), since(i.Since), strings.Join(cause, "; "))
	}
	for _, i := range list {
		fmt.Fprintf(w, "\n%s\n", i.Name)
		for _, line := range filled(priorityText(&i), strings.Join(i.Trackers, ", "), timersText(&i), countersText(i.Counters), i.SendError) {
			fmt.Fprintf(w, "  %s\n", line)
		}
	}
}

func stateText(i *control.Instance) string {
	switch {
	case i.Leaving:
		return i.State + ", leaving"
	case i.StandsBack:
		return i.State + ", stands back"
	case i.Delayed:
		return i.State + ", startup delay"
	case i.Waits:
		return i.State + ", waits for " + i.Group
	case i.Would != "":
		return i.State + ", would be " + i.Would
	}
	return i.State
}

func masterText(i *control.Instance) string {
	switch {
	case i.Master != "":
		return fmt.Sprintf("%s (%d)", i.Master, i.MasterPriority)
	case i.State == "MASTER":
		return "this node"
	}
	return "-"
}

// priorityText says how a priority comes about that is not simply the
// configured one.
func priorityText(i *control.Instance) string {
	if i.Why == "" || i.Why == fmt.Sprintf("%d = %[1]d", i.BasePriority) {
		return ""
	}
	return "priority " + i.Why
}

// timersText gives the sync group, and the timers that run in the present state.
func timersText(i *control.Instance) string {
	t := i.Timers
	text := fmt.Sprintf("version %d, adverts every %s", i.Version, t.Advert)
	if i.Group != "" {
		text = "sync group " + i.Group + ", " + text
	}
	switch i.State {
	case "MASTER":
		text += ", the next in " + orNone(t.Next)
	case "BACKUP":
		text += fmt.Sprintf(", the master's every %s, lost after %s without (in %s)", t.MasterAdvert, t.MasterDown, orNone(t.Next))
	}
	return text
}

func countersText(m map[string]uint64) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, fmt.Sprintf("%s %d", name, m[name]))
	}
	return strings.Join(list, ", ")
}
