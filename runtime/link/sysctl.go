package link

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Names under net/ stand for the network namespace of the thread that looks
// them up, so all this happens on a thread that is in the right one.
const sysctlRoot = "/proc/sys"

// SysctlRead reads a kernel parameter; the path is written with slashes, such
// as net/ipv4/conf/eth0/promote_secondaries.
func (l *Links) SysctlRead(path string) (value string, err error) {
	file, err := sysctlFile(path)
	if err != nil {
		return "", err
	}
	err = l.namespace.Run(func() error {
		p, err := os.ReadFile(file)
		value = strings.TrimRight(string(p), "\n")
		return err
	})
	return value, err
}

func (l *Links) sysctlWrite(path, value string) error {
	file, err := sysctlFile(path)
	if err != nil {
		return err
	}
	return l.namespace.Run(func() error {
		f, err := os.OpenFile(file, os.O_WRONLY, 0) // never create: there are no files to make there
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = f.WriteString(value)
		return err
	})
}

func sysctlFile(path string) (string, error) {
	if !filepath.IsLocal(path) {
		return "", fmt.Errorf("%q is no kernel parameter", path)
	}
	return filepath.Join(sysctlRoot, path), nil
}
