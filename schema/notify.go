package schema

import (
	"fmt"
	"strconv"
	"time"

	"github.com/lbgit/lbgit/schema/diag"
)

// Command is a program to run. In a source it may be a bare string, or an
// object that also says as whom.
type Command struct {
	// Command is split into words as keepalived does (VRRP fact 1.6).
	Command string `conf:"command,short"`
	// User and Group are names or numbers. Left out, settings.script_user and
	// its group count, or else the daemon's own; a user alone brings its
	// primary group.
	User  string `conf:"user"`
	Group string `conf:"group"`
}

// IsSet tells whether there is something to run.
func (c *Command) IsSet() bool { return c.Command != "" }

// Notify says what happens when the state of an object changes. Which fields
// apply depends on the object: instances and groups have Master to Stop,
// servers Up and Down, virtual servers QuorumUp and QuorumDown.
type Notify struct {
	Master Command `conf:"master"`
	Backup Command `conf:"backup"`
	Fault  Command `conf:"fault"`
	Stop   Command `conf:"stop"`
	// Deleted is run when an instance leaves the configuration. What leaves is
	// told as FAULT to Any, the FIFOs and by mail, as in keepalived (fact 14.8);
	// with Deleted or TellDeleted, as DELETED.
	Deleted     Command `conf:"deleted"`
	TellDeleted bool    `conf:"tell_deleted"`
	// LowerPriority is run when a master hears an advert of lower priority.
	LowerPriority Command `conf:"lower_priority"`
	// Any is run after each of the above with four more arguments: INSTANCE or
	// GROUP, the name, the state and the priority (fact 14.2).
	Any        Command `conf:"any"`
	Up         Command `conf:"up"`
	Down       Command `conf:"down"`
	QuorumUp   Command `conf:"quorum_up"`
	QuorumDown Command `conf:"quorum_down"`
	// PriorityChanges and Mail replace settings.notify_priority_changes and
	// the switches of settings.mail. PriorityChanges of a group is the default
	// of its members.
	PriorityChanges Tri `conf:"priority_changes"`
	Mail            Tri `conf:"mail"`
}

// FIFO is a named pipe that gets a line for every event: the kind of object,
// its name in quotes, the state and the priority (fact 14.3).
type FIFO struct {
	// Path is absolute. What is not there is made, with mode 0644.
	Path   string     `conf:"path,label"`
	Events FIFOEvents `conf:"events"`
	// User and Group own a FIFO that is made; by default the daemon's.
	User  string `conf:"user"`
	Group string `conf:"group"`
	// Script is started with the path as its last argument, and again whenever
	// it ends; it is the reader.
	Script Command `conf:"script"`

	Src diag.Range `conf:"-"`
}

// FIFOEvents says which events a FIFO gets.
type FIFOEvents uint8

// All events are the default.
const (
	AllEvents FIFOEvents = iota
	VRRPEvents
	LVSEvents
)

var fifoEventNames = names{"all", "vrrp", "lvs"}

func (e FIFOEvents) String() string               { return fifoEventNames.name(uint8(e)) }
func (e FIFOEvents) MarshalText() ([]byte, error) { return []byte(e.String()), nil }
func (e *FIFOEvents) UnmarshalText(b []byte) error {
	v, err := fifoEventNames.find("event kind", b, 0)
	*e = FIFOEvents(v)
	return err
}

// Mail says where alerts go.
type Mail struct {
	To []string `conf:"to"`
	// From is by default the daemon's user at this host.
	From   string `conf:"from"`
	Server string `conf:"server"`
	Port   uint16 `conf:"port"`
	// Helo is the name that the server is greeted with; by default the host's.
	Helo     string        `conf:"helo"`
	Timeout  time.Duration `conf:"timeout"`
	Username string        `conf:"username"`
	Password Secret        `conf:"password"`
	TLS      MailTLS       `conf:"tls"`
	// Alert is the default for objects that do not say; AlertVRRP and
	// AlertCheckers go before it for theirs (fact 14.11).
	Alert         Tri `conf:"alert"`
	AlertVRRP     Tri `conf:"alert_vrrp"`
	AlertCheckers Tri `conf:"alert_checkers"`
	// NoFaults leaves the mails about FAULT out.
	NoFaults bool `conf:"no_fault_mails"`
}

// SetDefaults fills in what a mail server mostly wants.
func (m *Mail) SetDefaults() {
	m.Port = 25
	m.Timeout = 30 * time.Second
}

// MailTLS says how the connection to a mail server is encrypted.
type MailTLS uint8

// STARTTLS is the default; both kinds verify the server's certificate.
const (
	MailSTARTTLS MailTLS = iota
	MailImplicit         // TLS from the first byte, mostly on port 465
	MailPlain
)

var mailTLSNames = names{"starttls", "tls", "none"}

func (m MailTLS) String() string               { return mailTLSNames.name(uint8(m)) }
func (m MailTLS) MarshalText() ([]byte, error) { return []byte(m.String()), nil }
func (m *MailTLS) UnmarshalText(b []byte) error {
	v, err := mailTLSNames.find("way of encryption", b, 0)
	*m = MailTLS(v)
	return err
}

// UmaskBits is the file creation mask; ok is false when none is set.
func (s *Settings) UmaskBits() (mask uint32, ok bool, err error) {
	if s.Umask == "" {
		return 0, false, nil
	}
	n, err := strconv.ParseUint(s.Umask, 8, 32)
	if err != nil || n > 0o777 {
		return 0, false, fmt.Errorf("umask %q is not an octal number from 0 to 777", s.Umask)
	}
	return uint32(n), true, nil
}
