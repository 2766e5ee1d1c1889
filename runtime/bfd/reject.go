package bfd

// Reject is why a packet was discarded; it is an error, and the index of a
// counter.
type Reject uint8

// The reasons.  The first eight are Parse's; Hops and Session are for the
// owner of the sockets to find.
const (
	Short Reject = iota
	Version
	Length
	Multiplier
	Multipoint
	MyDiscriminator
	YourDiscriminator
	Authentication
	PollFinal // section 6.5
	Hops      // RFC 5881 section 5: it came from too far away
	Session   // it is for none of the sessions
	Rejects   // how many there are
)

var rejectNames = [Rejects]string{"short", "version", "length", "multiplier", "multipoint", "my_discriminator", "your_discriminator",
	"authentication", "poll_and_final", "hops", "no_session"}

// Name is for counters.
func (r Reject) Name() string { return rejectNames[r] }

func (r Reject) Error() string { return "BFD packet rejected: " + rejectNames[r] }
