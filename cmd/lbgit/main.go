// Command lbgit runs a Linux load balancer from git: virtual servers (IPVS),
// VRRP failover and health checks, planned and applied from HCL, YAML or a
// keepalived.conf.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// exit is an error that carries an exit code and has been told already.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// run is main with its arguments and its exit code.
func run(ctx context.Context, args []string) int {
	root := command()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var code exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintln(os.Stderr, "lbgit:", err)
	return 1
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "lbgit",
		Short:         "Runs a Linux load balancer from git",
		Long:          "lbgit keeps a Linux load balancer the way git says it should be: IPVS, VRRP and\nhealth checks, planned and applied from HCL, YAML or a keepalived.conf.",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(validateCommand(), planCommand(), applyCommand(), runCommand(), convertCommand(),
		statusCommand(), failoverCommand(), demoteCommand(), promoteCommand(), fmtCommand(), digestCommand(), resumeCommand(), versionCommand(), guardCommand())
	return root
}
