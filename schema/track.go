package schema

import (
	"time"

	"github.com/lbgit/lbgit/schema/diag"
)

// Tracking is what an instance, or every instance of a sync group, depends
// on. Weights count in a sync group as they do outside of one; keepalived
// drops them there unless it is told otherwise (keepalived vrrp fact 2.17).
type Tracking struct {
	Scripts    []Track `conf:"track_script,block"`
	Interfaces []Track `conf:"track_interface,block"`
	Files      []Track `conf:"track_file,block"`
	Processes  []Track `conf:"track_process,block"`
	BFD        []Track `conf:"track_bfd,block"`
	// VirtualServers are good while they have their quorum. No cycle can come
	// of it: a virtual server runs whatever the role of an instance is.
	VirtualServers []Track `conf:"track_virtual_server,block"`
}

// Track is the use of a tracked object.
type Track struct {
	Name string `conf:"name,label"`
	// Weight is added while the object is good (positive) or subtracted while
	// it is bad (negative), -253 to 253; 0 means that a bad object is a fault.
	// The number in a file is multiplied by it (-254 to 254, as for
	// processes). Left out, the object's own weight counts.
	Weight *int32 `conf:"weight"`
	// Reverse turns the sign around, and for weight 0 good and bad.
	Reverse bool `conf:"reverse"`
}

// TrackScript is a program that is run at intervals for its exit status.
type TrackScript struct {
	Name    string   `conf:"name,label"`
	Nodes   []string `conf:"nodes"`
	Command string   `conf:"command"`
	// Interval is counted from one launch to the next.
	Interval time.Duration `conf:"interval"`
	// Timeout ends a run, and makes it a failure; Interval if left out.
	Timeout time.Duration `conf:"timeout"`
	Weight  int32         `conf:"weight"`
	Reverse bool          `conf:"reverse"`
	// Rise successes make it good, Fall failures bad. The first result counts
	// at once (keepalived vrrp facts 9.2, 9.3).
	Rise  uint32 `conf:"rise"`
	Fall  uint32 `conf:"fall"`
	User  string `conf:"user"`
	Group string `conf:"group"`
	// InitFail counts it as bad until its first result.
	InitFail bool `conf:"start_failed"`

	Src diag.Range `conf:"-"`
}

// TrackFile is a file whose number, times the weight, is added to the priority
// (keepalived vrrp facts 8.4, 10.1). A product of -254 or less is a fault; with
// weight 0, a number other than 0 is. A file that is missing says 0.
type TrackFile struct {
	Name  string   `conf:"name,label"`
	Nodes []string `conf:"nodes"`
	// File is an absolute path. It is seen within a moment on a local file
	// system, and within five seconds on others.
	File    string `conf:"file"`
	Weight  int32  `conf:"weight"`
	Reverse bool   `conf:"reverse"`
	// InitValue is written into a file that does not exist, and with Overwrite
	// into any when the daemon starts (fact 10.2).
	InitValue *int32 `conf:"init_value"`
	Overwrite bool   `conf:"init_overwrite"`

	Src diag.Range `conf:"-"`
}

// TrackProcess is good while the number of its processes is from Quorum to
// QuorumMax (keepalived vrrp facts 8.5, 10.3).
type TrackProcess struct {
	Name  string   `conf:"name,label"`
	Nodes []string `conf:"nodes"`
	// Match is the name of a program, compared with the 15 characters that the
	// kernel keeps of it, and with parameters if it has any. It is split into
	// words like a command.
	Match string `conf:"process"`
	// FullCommand compares the program with the first word of the process's
	// command line instead, which often is a path.
	FullCommand bool `conf:"full_command"`
	// Params says how parameters are compared; left out, they are when Match
	// has some, and then all of them.
	Params    ParamMatch `conf:"param_match"`
	Weight    int32      `conf:"weight"`
	Reverse   bool       `conf:"reverse"`
	Quorum    uint32     `conf:"quorum"`
	QuorumMax *uint32    `conf:"quorum_max"`
	// ForkDelay is for how long the quorum has to stand before it counts,
	// TerminateDelay for how long it has to be lost. 0 to 1h.
	ForkDelay      time.Duration `conf:"fork_delay"`
	TerminateDelay time.Duration `conf:"terminate_delay"`

	Src diag.Range `conf:"-"`
}

// ParamMatch is how the parameters of a process are compared. The zero value
// compares them exactly if there are any to compare, and not at all otherwise.
type ParamMatch uint8

const (
	ParamsIfAny ParamMatch = iota
	// ParamsExact wants these parameters and no others.
	ParamsExact
	// ParamsPartial wants these first; more may follow.
	ParamsPartial
	// ParamsInitial wants these first, and the last of them may go on.
	ParamsInitial
)

var paramMatchNames = names{"", "exact", "partial", "initial"}

func (p ParamMatch) String() string               { return paramMatchNames.name(uint8(p)) }
func (p ParamMatch) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
func (p *ParamMatch) UnmarshalText(b []byte) error {
	v, err := paramMatchNames.find("match of parameters", b, 1)
	*p = ParamMatch(v)
	return err
}

func (t *TrackScript) SetDefaults() {
	t.Interval = time.Second
	t.Rise, t.Fall = 1, 1
}

func (t *TrackFile) SetDefaults()    { t.Weight = 1 }
func (t *TrackProcess) SetDefaults() { t.Quorum = 1 }
