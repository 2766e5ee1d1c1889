package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lbgit/lbgit/runtime/source"
	"github.com/lbgit/lbgit/translate"
)

func fmtCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "fmt PATH...",
		Short: "Bring HCL and YAML files into their canonical layout",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			changed := 0
			for _, root := range args {
				err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
					if err != nil {
						return err
					}
					if path != root && source.Skip(d.Name()) {
						if d.IsDir() {
							return fs.SkipDir
						}
						return nil
					}
					if f := translate.FormatOf(path); d.IsDir() || f != translate.HCL && f != translate.YAML {
						return nil
					}
					differs, err := formatFile(path, check)
					if differs {
						changed++
						fmt.Fprintln(cmd.OutOrStdout(), path)
					}
					return err
				})
				if err != nil {
					return err
				}
			}
			if check && changed > 0 {
				return exit(1)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "change nothing; exit 1 when something would change")
	return cmd
}

// formatFile tells whether a file changes, and changes it unless it is only
// checked. The new text replaces the old in one step.
func formatFile(path string, check bool) (bool, error) {
	old, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	text, err := translate.Format(path, old)
	if err != nil || bytes.Equal(old, text) || check {
		return err == nil && !bytes.Equal(old, text), err
	}
	fi, err := os.Stat(path)
	if err != nil {
		return false, err
	}
	tmp := path + ".lbgit-fmt~"
	if err := os.WriteFile(tmp, text, fi.Mode().Perm()); err != nil {
		return false, err
	}
	return true, os.Rename(tmp, path)
}
