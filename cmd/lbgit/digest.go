package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/lbgit/lbgit/runtime/check/probe"
	"github.com/lbgit/lbgit/runtime/control"
)

func digestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "digest URL",
		Short: "Print the digest of a page that an HTTP check compares (genhash)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := probe.Digest(cmd.Context(), args[0])
			if err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), d)
			}
			return err
		},
	}
}

// version is set by the linker for a release.
var version = "development"

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			goVersion := ""
			if b, ok := debug.ReadBuildInfo(); ok {
				goVersion = " " + b.GoVersion
			}
			fmt.Fprintf(cmd.OutOrStdout(), "lbgit %s%s\n", version, goVersion)
		},
	}
}

func resumeCommand() *cobra.Command {
	var c common
	cmd := &cobra.Command{
		Use:   "resume",
		Short: "End a hold: the daemon goes back to its own source",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := control.Dial(c.socket)
			if err != nil {
				return err
			}
			return d.Resume(cmd.Context())
		},
	}
	c.commonFlags(cmd)
	return cmd
}
