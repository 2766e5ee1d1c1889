package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lbgit/lbgit/reconcile/apply"
	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/render"
	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/control"
	"github.com/lbgit/lbgit/runtime/source"
	"github.com/lbgit/lbgit/runtime/store"
)

func applyCommand() *cobra.Command {
	var c common
	var yes, hold bool
	cmd := &cobra.Command{
		Use:   "apply SOURCE | PLANFILE",
		Short: "Make the kernel as the source says, after showing the plan",
		Long:  "Shows the plan and, after a yes, applies it. A daemon that runs on this node does\nit itself. A saved plan is applied only while it still fits the kernel and the\nsource that it was made from.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a := applying{common: &c, yes: yes, hold: hold, in: cmd.InOrStdin(), out: cmd.OutOrStdout(), warn: cmd.ErrOrStderr()}
			return a.run(cmd.Context(), args[0])
		},
	}
	c.sourceFlags(cmd)
	cmd.Flags().BoolVar(&yes, "auto-approve", false, "do not ask")
	cmd.Flags().BoolVar(&hold, "hold", false, "apply another source than the daemon's, and keep it until \"lbgit resume\"")
	return cmd
}

type applying struct {
	*common
	yes, hold bool
	in        io.Reader
	out, warn io.Writer
}

func (a *applying) run(ctx context.Context, arg string) error {
	saved, err := savedPlan(arg)
	if err != nil {
		return err
	}
	spec := arg
	if saved != nil {
		spec = saved.Source
	}
	if d, err := control.Dial(a.socket); err == nil {
		return a.byDaemon(ctx, d, spec, saved)
	}
	return a.here(ctx, spec, saved)
}

// savedPlan reads a plan file; nil when the argument is not one.
func savedPlan(arg string) (*render.Document, error) {
	fi, err := os.Stat(arg)
	if err != nil || !fi.Mode().IsRegular() || source.IsConfig(arg) {
		return nil, nil
	}
	b, err := os.ReadFile(arg)
	if err != nil {
		return nil, err
	}
	return render.Parse(b)
}

// here applies without a daemon: this process is the writer meanwhile.
func (a *applying) here(ctx context.Context, spec string, saved *render.Document) error {
	lock, err := control.Lock()
	if err != nil {
		return err
	}
	defer lock.Close()
	go control.HangUp(lock)
	if saved != nil && a.node == "" {
		a.node = saved.Node
	}
	l, err := a.load(ctx, spec)
	if err != nil {
		return err
	}
	if err := l.report(a.warn); err != nil {
		return err
	}
	k, closeKernel, err := a.kernel(l)
	if err != nil {
		return err
	}
	defer closeKernel()
	st, err := store.Open(a.stateDir)
	if err != nil {
		return err
	}
	own, err := st.Claims()
	if err != nil {
		return err
	}
	if l.config.IsEmpty() && !l.config.Settings.AllowEmpty && len(own.Services) > 0 {
		return errors.New("the configuration is empty where there was one; if that is meant, set allow_empty = true in settings")
	}
	doc, pass, err := l.plan(ctx, k, own)
	if err != nil {
		return err
	}
	if saved != nil {
		if err := fits(saved, doc, &pass.Observed); err != nil {
			return err
		}
		doc.Plan.Ops = saved.Plan.Ops
	}
	if ok, err := a.confirm(doc); !ok || err != nil {
		return err
	}
	own, changed := own.Accept(&pass.Desired, &doc.Plan)
	if changed {
		if err := st.SaveClaims(own); err != nil {
			return err
		}
	}
	result := apply.Run(ctx, &doc.Plan, k, k, nil)
	if own.Forget(&doc.Plan) && result.Err() == nil {
		if err := st.SaveClaims(own); err != nil {
			return err
		}
	}
	return a.tell(result.Done, texts(result.Failures), &doc.Plan)
}

// fits refuses a saved plan whose source or kernel has changed.
func fits(saved, fresh *render.Document, observed *state.State) error {
	if saved.SourceHash != fresh.SourceHash {
		return errors.New("the plan no longer fits: its source has changed since; make the plan again")
	}
	if why := saved.Plan.Fits(observed); why != "" {
		return fmt.Errorf("the plan no longer fits: %s; make the plan again", why)
	}
	return nil
}

func (a *applying) byDaemon(ctx context.Context, d *control.Client, spec string, saved *render.Document) error {
	doc := saved
	if doc == nil {
		var err error
		if doc, err = a.planByDaemon(ctx, d, spec, a.warn); err != nil {
			return err
		}
	}
	if ok, err := a.confirm(doc); !ok || err != nil {
		return err
	}
	q, err := a.request(spec)
	if err != nil {
		return err
	}
	b, err := render.JSON(doc)
	if err != nil {
		return err
	}
	r, err := d.Apply(ctx, control.ApplyRequest{SourceRequest: q, Plan: b, Hold: a.hold})
	if err != nil {
		return err
	}
	if r.Refused != "" {
		return errors.New(r.Refused)
	}
	return a.tell(r.Done, r.Failures, &doc.Plan)
}

// confirm shows the plan and asks. An empty plan needs no answer: it still
// makes claims.
func (a *applying) confirm(doc *render.Document) (bool, error) {
	fmt.Fprint(a.out, render.Text(doc))
	if a.yes || doc.Plan.IsEmpty() {
		return true, nil
	}
	fmt.Fprint(a.out, "\nApply this? Only \"yes\" will do: ")
	answer, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	if strings.TrimSpace(answer) != "yes" {
		fmt.Fprintln(a.out, "Nothing was changed.")
		return false, exit(1)
	}
	return true, nil
}

func (a *applying) tell(done int, failures []string, p *plan.Plan) error {
	for _, f := range failures {
		fmt.Fprintln(a.warn, "failed:", f)
	}
	fmt.Fprintf(a.out, "%d operations done", done)
	if n := len(failures); n > 0 {
		fmt.Fprintf(a.out, ", %d failed.\n", n)
		return exit(1)
	}
	fmt.Fprintln(a.out, ".")
	if n := len(p.Conflicts); n > 0 {
		fmt.Fprintf(a.warn, "%d objects are somebody else's and differ; they were left alone\n", n)
		return exit(1)
	}
	return nil
}

func texts(f []apply.Failure) []string {
	var out []string
	for _, x := range f {
		out = append(out, x.Error())
	}
	return out
}
