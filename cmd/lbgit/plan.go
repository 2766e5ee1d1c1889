package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/lbgit/lbgit/reconcile"
	"github.com/lbgit/lbgit/reconcile/compile"
	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/render"
	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/agent"
	"github.com/lbgit/lbgit/runtime/control"
	"github.com/lbgit/lbgit/runtime/source"
	"github.com/lbgit/lbgit/runtime/store"
)

func planCommand() *cobra.Command {
	var c common
	var format, out string
	var detailed, offline bool
	cmd := &cobra.Command{
		Use:   "plan SOURCE",
		Short: "Show what apply would do",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := show(io.Discard, &render.Document{}, format); err != nil {
				return err
			}
			doc, err := c.plan(cmd.Context(), args[0], offline, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if out != "" {
				b, err := render.JSON(doc)
				if err != nil {
					return err
				}
				if err := os.WriteFile(out, b, 0o600); err != nil {
					return err
				}
			}
			if err := show(cmd.OutOrStdout(), doc, format); err != nil {
				return err
			}
			if detailed && !doc.Plan.IsEmpty() {
				return exit(2)
			}
			return nil
		},
	}
	c.sourceFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&format, "format", "text", "text, json or markdown")
	f.StringVar(&out, "out", "", "save the plan in `file`, for apply")
	f.BoolVar(&detailed, "detailed-exitcode", false, "exit 0 without changes, 1 on errors, 2 with changes")
	f.BoolVar(&offline, "offline", false, "plan against an empty kernel, as in CI")
	return cmd
}

func show(w io.Writer, doc *render.Document, format string) error {
	switch format {
	case "text":
		_, err := io.WriteString(w, render.Text(doc))
		return err
	case "markdown":
		_, err := io.WriteString(w, render.Markdown(doc))
		return err
	case "json":
		b, err := render.JSON(doc)
		if err == nil {
			_, err = w.Write(b)
		}
		return err
	}
	return fmt.Errorf("--format %s: there are text, json and markdown", format)
}

// plan makes a plan: through the daemon when one runs, for it knows roles and
// health, otherwise against the kernel.
func (c *common) plan(ctx context.Context, spec string, offline bool, warn io.Writer) (*render.Document, error) {
	if !offline {
		if d, err := control.Dial(c.socket); err == nil {
			return c.planByDaemon(ctx, d, spec, warn)
		}
	}
	l, err := c.load(ctx, spec)
	if err != nil {
		return nil, err
	}
	if err := l.report(warn); err != nil {
		return nil, err
	}
	var k reconcile.Kernel = emptyKernel{}
	var own plan.Claims
	if !offline {
		real, closeKernel, err := c.kernel(l)
		if err != nil {
			return nil, err
		}
		defer closeKernel()
		k = real
		if own, err = c.claims(); err != nil {
			return nil, err
		}
	}
	doc, _, err := l.plan(ctx, k, own)
	return doc, err
}

// plan compares a loaded source with a kernel.
func (l *loaded) plan(ctx context.Context, k reconcile.Kernel, own plan.Claims) (*render.Document, reconcile.Pass, error) {
	_, notes := compile.Compile(l.config, compile.Live{}, state.Scope{})
	pass, err := reconcile.Prepare(ctx, k, compile.Prepare(l.config, nil), compile.Live{}, own, state.Everything, plan.Reason{})
	return &render.Document{
		Node: l.env.Node, Source: l.rev.Source, Revision: l.rev.ID, SourceHash: source.Digest(l.rev),
		Notes: notes, Plan: pass.Plan,
	}, pass, err
}

func (c *common) planByDaemon(ctx context.Context, d *control.Client, spec string, warn io.Writer) (*render.Document, error) {
	q, err := c.request(spec)
	if err != nil {
		return nil, err
	}
	r, err := d.Plan(ctx, q)
	if err != nil {
		return nil, err
	}
	fmt.Fprint(warn, r.Diagnostics)
	if r.Refused {
		return nil, exit(1)
	}
	return render.Parse(r.Plan)
}

// kernel opens the kernel, and tells what is missing for this source.
func (c *common) kernel(l *loaded) (*agent.Kernel, func(), error) {
	k, err := agent.OpenKernel(slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, nil, err
	}
	if len(l.config.VirtualServers) > 0 && k.NeedIPVS() != nil {
		k.Close()
		return nil, nil, fmt.Errorf("%w (--offline plans against an empty kernel)", k.NeedIPVS())
	}
	return k, func() { k.Close() }, nil
}

// claims reads what is lbgit's. A state folder that is not there yet holds
// none, and a plan does not make it.
func (c *common) claims() (plan.Claims, error) {
	if _, err := os.Stat(c.stateDir); errors.Is(err, os.ErrNotExist) {
		return plan.Claims{}, nil
	}
	s, err := store.Open(c.stateDir)
	if err != nil {
		return plan.Claims{}, err
	}
	return s.Claims()
}

// emptyKernel is what --offline plans against.
type emptyKernel struct{}

func (emptyKernel) Observe(context.Context, state.Scope) (state.State, error) {
	return state.State{}, nil
}
func (emptyKernel) ApplyIPVS(c []state.Change) []error { return make([]error, len(c)) }
func (emptyKernel) ApplyLink(state.Change) error       { return nil }
