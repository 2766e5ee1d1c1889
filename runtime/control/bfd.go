package control

import "time"

// BFDSession is a BFD session.
type BFDSession struct {
	Name     string `json:"name"`
	Neighbor string `json:"neighbor"`
	Multihop bool   `json:"multihop,omitempty"`
	// Up is what instances go by. It outlives State where the neighbour is
	// administratively down.
	Up               bool      `json:"up"`
	State            string    `json:"state"`
	Diagnostic       string    `json:"diagnostic"`
	RemoteState      string    `json:"remote_state"`
	RemoteDiagnostic string    `json:"remote_diagnostic"`
	Since            time.Time `json:"since,omitzero"`
	// Interval is between sent packets, before jitter; Detection is how long
	// the neighbour may be silent.
	Interval         string `json:"interval"`
	Detection        string `json:"detection_time"`
	MinTX            string `json:"min_tx"`
	MinRX            string `json:"min_rx"`
	Multiplier       uint8  `json:"multiplier"`
	RemoteMinTX      string `json:"remote_min_tx"`
	RemoteMinRX      string `json:"remote_min_rx"`
	RemoteMultiplier uint8  `json:"remote_multiplier"`
	Sent             uint64 `json:"sent"`
	Received         uint64 `json:"received"`
	SendErrors       uint64 `json:"send_errors,omitempty"`
	Downs            uint64 `json:"downs"`
	// Rejected counts packets that were discarded, by reason.
	Rejected map[string]uint64 `json:"rejected,omitempty"`
	Problem  string            `json:"problem,omitempty"`
}
