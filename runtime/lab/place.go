//go:build linux

package lab

import (
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// cacheDir is the folder where the scripts keep the lab; they compute the same one.
func cacheDir() (string, error) {
	if dir := os.Getenv("LBGIT_LAB_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder: %w", err)
	}
	return filepath.Join(dir, "lbgit", "lab"), nil
}

// moduleRoot is found from the working folder, which for a test is its package's.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "runtime", "lab", "run")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("no runtime/lab/run in %s or above", dir)
		}
	}
}

// takeTurn waits until no other lab of this user runs, unless LBGIT_LAB_PARALLEL is set: two kernels on a small machine
// make each other's timers late, and tests of failover measure time.
func takeTurn(cache string) (release func(), err error) {
	if os.Getenv("LBGIT_LAB_PARALLEL") != "" {
		return func() {}, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(cache, "turn.lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := flock(f); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

func flock(f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// build makes the lbgit binary and names it in LBGIT_BIN. It is linked without cgo, so that it runs anywhere. A file that
// is up to date is left alone by the go command, which is why it has a fixed place.
func build(root, cache string) error {
	if os.Getenv("LBGIT_BIN") != "" {
		return nil
	}
	if _, err := os.Stat(filepath.Join(root, "cmd", "lbgit")); err != nil {
		return nil
	}
	h := fnv.New64a()
	h.Write([]byte(root))
	path := filepath.Join(cache, "build", fmt.Sprintf("lbgit-%x", h.Sum64()))
	if os.Getenv("LBGIT_LAB_PARALLEL") != "" {
		path += fmt.Sprintf("-%d", os.Getpid()) // another lab may be running the one in the fixed place
	}
	cmd := exec.Command("go", "build", "-o", path, "./cmd/lbgit")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("cannot build lbgit: %w\n%s", err, out)
	}
	return os.Setenv("LBGIT_BIN", path)
}

// Binary returns the path of the lbgit program that Main built.
func Binary(t testing.TB) string {
	t.Helper()
	path := os.Getenv("LBGIT_BIN")
	if path == "" {
		t.Fatal("no lbgit binary: cmd/lbgit did not exist when lab.Main ran, and LBGIT_BIN is not set")
	}
	return path
}
