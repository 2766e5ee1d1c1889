package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/lbgit/lbgit/runtime/agent"
	"github.com/lbgit/lbgit/runtime/control"
	"github.com/lbgit/lbgit/runtime/guard"
	"github.com/lbgit/lbgit/runtime/link"
)

func runCommand() *cobra.Command {
	var c common
	var observe bool
	var logFormat string
	var level slog.Level
	cmd := &cobra.Command{
		Use:   "run SOURCE",
		Short: "Run the daemon in the foreground",
		Long:  "Runs the daemon: applies the source and what changes in it, elects a VRRP master,\nchecks the real servers and repairs what others undo. SIGHUP reads the source\nagain, SIGTERM hands over and ends.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			log, err := logger(logFormat, level)
			if err != nil {
				return err
			}
			env, err := c.env()
			if err != nil {
				return err
			}
			a, err := agent.New(agent.Options{
				Source: args[0], Git: c.git(), Env: env, Dir: c.stateDir, Socket: c.socket, Version: version,
				Observe: observe, GuardArgs: []string{"guard"}, Log: log,
			})
			if err != nil {
				return err
			}
			defer onHangup(cmd.Context(), a.Kick)()
			return a.Run(cmd.Context())
		},
	}
	c.sourceFlags(cmd)
	f := cmd.Flags()
	f.BoolVar(&observe, "observe", false, "write nothing to the kernel or the wire, only say what would be done")
	f.StringVar(&logFormat, "log-format", "text", "text or json")
	f.TextVar(&level, "log-level", slog.LevelInfo, "debug, info, warn or error")
	return cmd
}

// onHangup calls f at every SIGHUP until the function it returns is called.
func onHangup(ctx context.Context, f func()) (stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-c:
				f()
			case <-done:
				return
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { signal.Stop(c); close(done) }
}

// guardCommand is the process that a daemon leaves behind for the case that it
// dies (runtime/guard). It is not for people.
func guardCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "guard",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// What ends the daemon must not end its guard.
			signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
			log, err := logger("text", slog.LevelInfo)
			if err != nil {
				return err
			}
			links, err := link.Open(log)
			if err != nil {
				return err
			}
			defer links.Close()
			return guard.Serve(os.Stdin, links, control.Busy, log)
		},
	}
}
