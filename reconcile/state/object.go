package state

// Kind names a kind of object.
type Kind uint8

const (
	KindService Kind = iota
	KindDestination
	KindTimeouts
	KindAddress
	KindRoute
	KindSysctl
	KindRule
	KindLink
	KindFilter
)

// Kinds are the names of all kinds, in order.
var Kinds = [...]string{"service", "destination", "timeouts", "address", "route", "sysctl", "rule", "link", "filter"}

func (k Kind) String() string { return Kinds[k] }

// Object is one of Service, Destination, Timeouts, Address, Route, Rule, Sysctl,
// Link and Filter.
// All are comparable values.
type Object interface {
	Kind() Kind
	// Name is the object's key as people read it.
	Name() string
}

func (Service) Kind() Kind     { return KindService }
func (Destination) Kind() Kind { return KindDestination }
func (Timeouts) Kind() Kind    { return KindTimeouts }
func (Address) Kind() Kind     { return KindAddress }
func (Route) Kind() Kind       { return KindRoute }
func (Sysctl) Kind() Kind      { return KindSysctl }
func (Link) Kind() Kind        { return KindLink }
func (Rule) Kind() Kind        { return KindRule }
func (Filter) Kind() Kind      { return KindFilter }

func (s Service) Name() string     { return s.ServiceKey.String() }
func (d Destination) Name() string { return d.Service.String() + " -> " + d.Endpoint().String() }
func (Timeouts) Name() string      { return "ipvs" }
func (a Address) Name() string     { return a.AddressKey.String() }
func (r Route) Name() string       { return r.RouteKey.String() }
func (s Sysctl) Name() string      { return s.Path }
func (l Link) Name() string        { return l.Dev }
func (r Rule) Name() string        { return r.RuleKey.String() }
func (f Filter) Name() string      { return f.Addr.String() }
