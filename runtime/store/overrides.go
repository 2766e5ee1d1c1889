package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// OverrideKind is what an operator has ordered by hand.
type OverrideKind string

const (
	// Failover: the instance stands back, until it is promoted or the peer is lost.
	Failover OverrideKind = "failover"
	// Demote: the priority of the instance is lowered By.
	Demote OverrideKind = "demote"
	// Promote: the instance leads, with priority 254.
	Promote OverrideKind = "promote"
)

// Override is an order by hand beside the configuration. It survives a restart.
type Override struct {
	Kind     OverrideKind `json:"kind"`
	Instance string       `json:"instance"`
	// By is how much a Demote takes off the priority, 1 to 253.
	By    int       `json:"by,omitempty"`
	Since time.Time `json:"since"`
	// Until is when it ends by itself, by the wall clock; zero means never.
	Until time.Time `json:"until,omitzero"`
}

const overridesFile = "overrides.json"

// Overrides reads what operators have ordered. What has ended meanwhile is
// still in the list.
func (s *Store) Overrides() (list []Override, err error) {
	b, err := os.ReadFile(s.path(overridesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w; remove it to go on without the orders given by hand", s.path(overridesFile), err)
	}
	return list, nil
}

// SaveOverrides replaces the list.
func (s *Store) SaveOverrides(list []Override) error {
	b, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return s.write(overridesFile, b)
}
