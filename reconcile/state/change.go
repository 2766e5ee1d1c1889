package state

// Verb is what happens to an object.
type Verb uint8

const (
	Add Verb = iota
	// Update changes an object in place; nothing passes by it meanwhile.
	Update
	// Replace removes an object and adds it anew, where the kernel has no way
	// to change it in place (an address's label, scope, peer or broadcast).
	Replace
	Remove
)

var verbNames = [...]string{"add", "update", "replace", "remove"}

func (v Verb) String() string { return verbNames[v] }

// MarshalText writes the verb's name.
func (v Verb) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Symbol is the sign in front of a line of a plan.
func (v Verb) Symbol() string { return [...]string{"+", "~", "±", "-"}[v] }

// Change is one write to the kernel: Old is what was observed (nil for Add),
// New what is to be (nil for Remove).
type Change struct {
	Verb Verb
	Old  Object
	New  Object
}

// Object is what the change is about: New, or Old when it is removed.
func (c Change) Object() Object {
	if c.New != nil {
		return c.New
	}
	return c.Old
}
