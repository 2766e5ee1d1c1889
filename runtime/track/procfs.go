package track

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// procfs is where processes are looked at.
type procfs string

// pids gives all processes.
func (p procfs) pids() ([]int, error) {
	dir, err := os.Open(string(p))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var out []int
	for _, n := range names {
		if pid, err := strconv.Atoi(n); err == nil {
			out = append(out, pid)
		}
	}
	return out, nil
}

// comm is the name of a process, and whether it lives: a zombie does not.
func (p procfs) comm(pid int) (string, bool) {
	text, err := os.ReadFile(p.file(pid, "stat"))
	if err != nil {
		return "", false
	}
	// PID (NAME) STATE ...; a name may have brackets and blanks in it.
	begin, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if begin < 0 || end < begin || end+2 >= len(text) {
		return "", false
	}
	state := text[end+2]
	return string(text[begin+1 : end]), state != 'Z' && state != 'X'
}

// argv is the command line of a process; of a thread of the kernel it is empty.
func (p procfs) argv(pid int) []string {
	text, err := os.ReadFile(p.file(pid, "cmdline"))
	if err != nil || len(text) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
}

func (p procfs) file(pid int, name string) string {
	return filepath.Join(string(p), strconv.Itoa(pid), name)
}
