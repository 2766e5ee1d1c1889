//go:build linux

package lab

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// noLab is what the run script exits with when this machine cannot have a lab.
const noLab = 123

// Tests move threads to other network namespaces. The first thread is not lent for that: /proc/net shows its namespace to
// the whole process, and a lab that dies with its starter (Pdeathsig) looks at the thread, not at the process.
func init() { runtime.LockOSThread() }

// Main runs the tests of a package where IPVS is: here, or else in a lab kernel booted for them. It does not return.
//
// LBGIT_LAB decides what happens: unset, tests are skipped with a message where no lab is possible; "require" makes that a
// failure; "off" never boots; "native" uses this machine's kernel whatever it lacks. The lbgit binary is built before.
func Main(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	mode := os.Getenv("LBGIT_LAB")
	switch {
	case os.Getenv("LBGIT_LAB_INSIDE") != "" || flagValue("test.list") != "" || !selected():
		return m.Run()
	case mode == "off":
		return refuse("", "LBGIT_LAB=off")
	}
	cache, err := cacheDir()
	if err != nil {
		return refuse(mode, err.Error())
	}
	root, err := moduleRoot()
	if err != nil {
		return refuse(mode, err.Error())
	}
	unlock, err := takeTurn(cache)
	if err != nil {
		return refuse(mode, err.Error())
	}
	defer unlock()

	scripts := filepath.Join(root, "runtime", "lab")
	setup := exec.Command(filepath.Join(scripts, "setup"))
	setup.Env = append(os.Environ(), "LBGIT_LAB_CACHE="+cache)
	reason, setupErr := setup.CombinedOutput()
	native := mode == "native" || capable()
	if setupErr != nil && !native {
		return refuse(mode, strings.TrimSpace(string(reason)+" ("+setupErr.Error()+")"))
	}
	if err := build(root, cache); err != nil {
		fmt.Println("lab: " + err.Error())
		return 1
	}
	if native {
		os.Setenv("PATH", filepath.Join(cache, "bin")+":"+os.Getenv("PATH"))
		return m.Run()
	}
	return boot(mode, scripts, cache)
}

// boot runs this test binary again, in the lab kernel.
func boot(mode, scripts, cache string) int {
	self, err := os.Executable()
	if err != nil {
		return refuse(mode, err.Error())
	}
	limit := time.Hour
	if d, err := time.ParseDuration(flagValue("test.timeout")); err == nil && d > 0 {
		limit = d + 30*time.Second // the tests' own alarm tells more: it goes first
	}
	args := []string{"--time", strconv.Itoa(int(limit.Seconds())), "--", self}
	for _, a := range os.Args[1:] {
		// Without its log the go command does not cache the result: it cannot see that lbgit's binary or the kernel changed.
		if !strings.HasPrefix(strings.TrimLeft(a, "-"), "test.testlogfile=") {
			args = append(args, a)
		}
	}
	cmd := exec.Command(filepath.Join(scripts, "run"), args...)
	cmd.Env = append(os.Environ(), "LBGIT_LAB_CACHE="+cache)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &exit):
		return refuse(mode, err.Error())
	case exit.ExitCode() == noLab:
		return refuse(mode, "the lab kernel does not boot here, see above")
	case exit.ExitCode() < 0:
		return 1
	}
	return exit.ExitCode()
}

// refuse says why there is no lab, and whether that is a failure.
func refuse(mode, reason string) int {
	if mode == "require" {
		fmt.Println("FAIL lab: " + reason)
		return 1
	}
	fmt.Println("SKIP lab: " + reason)
	return 0
}

// selected reports whether any test of this binary would run; it asks the binary, as only package testing knows.
func selected() bool {
	if flagValue("test.bench") != "" || flagValue("test.fuzz") != "" {
		return true
	}
	pattern, _, _ := strings.Cut(flagValue("test.run"), "/") // below the slash are subtests, which no list has
	if pattern == "" {
		pattern = "."
	}
	self, err := os.Executable()
	if err != nil {
		return true
	}
	names, err := exec.Command(self, "-test.list", pattern).Output()
	return err != nil || len(bytes.TrimSpace(names)) > 0
}

func flagValue(name string) string {
	f := flag.Lookup(name)
	if f == nil {
		return ""
	}
	return f.Value.String()
}

// capable reports whether this very process can use IPVS in network namespaces of its own.
func capable() bool {
	if _, err := os.Stat("/proc/net/ip_vs"); err != nil {
		return false
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false
	}
	_, caps, _ := strings.Cut(string(status), "CapEff:")
	caps, _, _ = strings.Cut(strings.TrimSpace(caps), "\n")
	bits, err := strconv.ParseUint(caps, 16, 64)
	const need = 1<<12 | 1<<21 // CAP_NET_ADMIN, CAP_SYS_ADMIN
	return err == nil && bits&need == need
}
