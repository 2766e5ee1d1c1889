package plan

import (
	"github.com/lbgit/lbgit/reconcile/state"
)

// Why is the cause of an operation.
type Why uint8

const (
	// Configuration: the source says so.
	Configuration Why = iota
	// Role: a VRRP instance became or ceased to be master.
	Role
	// HealthChange: a real server's checks changed their verdict.
	HealthChange
	// Repair: somebody else changed what lbgit owns.
	Repair
	// Expiry: a time ran out, such as that of a drained server.
	Expiry
	// Startup: the first pass of a daemon.
	Startup
)

var whyNames = [...]string{"configuration", "role", "health", "repair", "expiry", "startup"}

// Whys lists all causes.
var Whys = []Why{Configuration, Role, HealthChange, Repair, Expiry, Startup}

func (w Why) String() string { return whyNames[w] }

// MarshalText writes the cause's name.
func (w Why) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// Reason says why an operation is there.
type Reason struct {
	Why    Why    `json:"why"`
	Detail string `json:"detail,omitempty"`
}

// Op is one write to the kernel.
type Op struct {
	state.Change
	Phase  Phase
	Reason Reason
}

// Plan is what leads from the observed to the desired state.
type Plan struct {
	// Ops are in the order in which they are to be done.
	Ops []Op
	// Adopted are objects that are there, as desired, and were nobody's: they
	// become lbgit's without a write.
	Adopted []state.Object
	// Foreign are objects that are somebody else's and stay as they are.
	Foreign []state.Object
	// Conflicts are desired objects that are somebody else's and different.
	Conflicts []Conflict
	// Waiting are desired objects whose interface, or parent, is not there yet.
	Waiting []state.Object
}

// Conflict is a desired object that exists, differs, and is not lbgit's.
type Conflict struct {
	Desired  state.Object
	Observed state.Object
}

// IsEmpty tells whether nothing needs to be written.
func (p *Plan) IsEmpty() bool { return len(p.Ops) == 0 }

// Because gives all operations one reason.
func (p Plan) Because(r Reason) Plan {
	for i := range p.Ops {
		p.Ops[i].Reason = r
	}
	return p
}

// Count is the number of operations of a verb and kind.
func (p *Plan) Count(v state.Verb, k state.Kind) int {
	n := 0
	for i := range p.Ops {
		if p.Ops[i].Verb == v && p.Ops[i].Object().Kind() == k {
			n++
		}
	}
	return n
}
