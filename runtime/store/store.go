// Package store is the state folder and its only writer: which kernel objects
// are lbgit's, and the last revision that was good.
//
// It knows files and formats. It does not know when to write: claims are
// written when a revision is accepted, never on the path of a failover.
package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
)

// Store is an open state folder.
type Store struct{ dir string }

// Open makes the folder when it is missing.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("state folder: %w; choose another with --state-dir", err)
	}
	return &Store{dir: dir}, nil
}

// Dir is the folder's path.
func (s *Store) Dir() string { return s.dir }

// epoch says which kernel state claims are about: a namespace of one boot.
type epoch struct {
	Boot      string `json:"boot"`
	Namespace string `json:"namespace"`
}

func now() (epoch, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return epoch{}, err
	}
	ns, err := os.Readlink("/proc/thread-self/ns/net")
	if err != nil {
		return epoch{}, err
	}
	return epoch{Boot: string(boot[:min(36, len(boot))]), Namespace: ns}, nil
}

type claimsFile struct {
	epoch
	Services  []state.ServiceKey `json:"services"`
	Addresses []state.AddressKey `json:"addresses,omitempty"`
	Routes    []state.RouteKey   `json:"routes,omitempty"`
	// Sysctls are the values to give back.
	Sysctls map[string]string `json:"sysctls,omitempty"`
	Rules   []state.RuleKey   `json:"rules,omitempty"`
}

// Claims reads what is lbgit's. Claims of another boot or another namespace
// are void: the rows they were about are gone.
func (s *Store) Claims() (plan.Claims, error) {
	c := plan.Claims{
		Services: map[state.ServiceKey]bool{}, Addresses: map[state.AddressKey]bool{}, Routes: map[state.RouteKey]bool{},
		Rules: map[state.RuleKey]bool{}, Sysctls: map[string]string{},
	}
	b, err := os.ReadFile(s.path("claims.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	var f claimsFile
	if err := json.Unmarshal(b, &f); err != nil {
		return c, fmt.Errorf("%s is damaged: %w; without it nothing in the IPVS table counts as lbgit's: remove the file to go on", s.path("claims.json"), err)
	}
	here, err := now()
	if err != nil || f.epoch != here {
		return c, err
	}
	for _, k := range f.Services {
		c.Services[k] = true
	}
	for _, k := range f.Addresses {
		c.Addresses[k] = true
	}
	for _, k := range f.Routes {
		c.Routes[k] = true
	}
	maps.Copy(c.Sysctls, f.Sysctls)
	for _, k := range f.Rules {
		c.Rules[k] = true
	}
	return c, nil
}

// SaveClaims writes what is lbgit's, before the kernel is touched: a daemon
// that dies in between must know its rows at the next start.
func (s *Store) SaveClaims(c plan.Claims) error {
	here, err := now()
	if err != nil {
		return err
	}
	f := claimsFile{epoch: here, Sysctls: c.Sysctls}
	for k := range c.Services {
		f.Services = append(f.Services, k)
	}
	for k := range c.Addresses {
		f.Addresses = append(f.Addresses, k)
	}
	for k := range c.Routes {
		f.Routes = append(f.Routes, k)
	}
	for k := range c.Rules {
		f.Rules = append(f.Rules, k)
	}
	slices.SortFunc(f.Services, state.ServiceKey.Compare)
	slices.SortFunc(f.Addresses, state.AddressKey.Compare)
	slices.SortFunc(f.Routes, state.RouteKey.Compare)
	slices.SortFunc(f.Rules, state.RuleKey.Compare)
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return s.write("claims.json", b)
}

func (s *Store) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Store) write(name string, b []byte) error {
	return s.replace(name, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// replace changes a file as a whole: a reader sees the old or the new one.
func (s *Store) replace(name string, write func(io.Writer) error) error {
	tmp, err := os.CreateTemp(s.dir, "."+name+"-*")
	if err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	defer os.Remove(tmp.Name())
	err = write(tmp)
	if err2 := tmp.Close(); err == nil {
		err = err2
	}
	if err == nil {
		err = os.Rename(tmp.Name(), s.path(name))
	}
	if err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	return nil
}
