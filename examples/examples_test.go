// Package examples_test holds every example to what its folder says of it: the
// source is valid on each node, its layout is canonical, and its plan is the
// one in plan.txt. `go test ./examples -update` writes the plans again.
package examples_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write every plan.txt anew")

// sources are the examples, as they are named on the command line.
var sources = []string{
	"keepalived/keepalived.conf", "pair-hcl", "pair-yaml", "direct-routing", "udp-dns",
	"vrrp-pair", "sync-group", "unicast-cloud", "ipv6-pair",
}

// binary is the program that TestMain built.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lbgit-examples")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "lbgit")
	build := exec.Command("go", "build", "-o", binary, "../cmd/lbgit")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := errors.Join(build.Run(), lookAtSources("..")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// lookAtSources asks for the state of every source file. The go command notes
// what a test asks for; without this it would answer from its cache after the
// program has changed.
func lookAtSources(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == ".git":
			return fs.SkipDir
		case strings.HasSuffix(path, ".go"):
			_, err = os.Stat(path)
		}
		return err
	})
}

// lbgit runs the program and gives what it printed, and its exit code.
func lbgit(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, warn bytes.Buffer
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = &out, &warn
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), warn.String(), cmd.ProcessState.ExitCode()
}

func TestExamples(t *testing.T) {
	for _, source := range sources {
		t.Run(source, func(t *testing.T) {
			for _, node := range []string{"lb1", "lb2"} {
				if out, warn, code := lbgit(t, "validate", "--node", node, source); code != 0 {
					t.Errorf("validate --node %s: exit %d\n%s%s", node, code, out, warn)
				}
			}
			if out, warn, code := lbgit(t, "fmt", "--check", folder(source)); code != 0 {
				t.Errorf("fmt --check: exit %d\n%s%s", code, out, warn)
			}
			checkPlan(t, source)
		})
	}
}

// folder is where an example's plan and README.md are.
func folder(source string) string {
	if strings.HasSuffix(source, ".conf") {
		return filepath.Dir(source)
	}
	return source
}

func checkPlan(t *testing.T, source string) {
	got, warn, code := lbgit(t, "plan", "--offline", "--node", "lb1", source)
	if code != 0 {
		t.Fatalf("plan: exit %d\n%s", code, warn)
	}
	file := filepath.Join(folder(source), "plan.txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("plan of %s (-plan.txt +now):\n%s", source, diff)
	}
}

// The same pair in both languages means the same: converted, they are equal.
func TestLanguagesAgree(t *testing.T) {
	for _, node := range []string{"lb1", "lb2"} {
		hcl, _, _ := lbgit(t, "convert", "--node", node, "pair-hcl")
		yaml, _, _ := lbgit(t, "convert", "--node", node, "pair-yaml")
		if diff := cmp.Diff(hcl, yaml); diff != "" || hcl == "" {
			t.Errorf("view of %s (-HCL +YAML):\n%s", node, diff)
		}
	}
}

// An example that no test names would rot.
func TestEveryFolderIsTested(t *testing.T) {
	tested := map[string]bool{"demo": true} // it is a test itself
	for _, s := range sources {
		tested[folder(s)] = true
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !tested[e.Name()] {
			t.Errorf("%s is not in the list of examples", e.Name())
		}
		if _, err := os.Stat(filepath.Join(e.Name(), "README.md")); e.IsDir() && err != nil {
			t.Error(err)
		}
	}
}
