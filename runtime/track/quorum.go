package track

import (
	"fmt"
	"math"
	"time"

	"github.com/lbgit/lbgit/schema"
)

// band says how many processes are right, and for how long that has to be so
// before it counts (keepalived vrrp fact 10.3).
type band struct {
	least, most  uint32
	gained, lost time.Duration
}

func newBand(t *schema.TrackProcess) band {
	b := band{least: t.Quorum, most: math.MaxUint32, gained: t.ForkDelay, lost: t.TerminateDelay}
	if t.QuorumMax != nil {
		b.most = *t.QuorumMax
	}
	return b
}

func (b band) holds(count int) bool {
	return uint32(count) >= b.least && uint32(count) <= b.most
}

// quorum is whether a band holds, with its delays. The zero value knows
// nothing; the first answer counts at once.
type quorum struct {
	known, good bool
	// due is when a change counts; the zero time while there is none.
	due time.Time
}

// next takes a count. Until due, if that is set, nothing changes by itself.
func (q quorum) next(b band, count int, now time.Time) quorum {
	good := b.holds(count)
	switch {
	case !q.known:
		return quorum{known: true, good: good}
	case good == q.good:
		q.due = time.Time{}
	case q.due.IsZero():
		delay := b.lost
		if good {
			delay = b.gained
		}
		if delay <= 0 {
			return quorum{known: true, good: good}
		}
		q.due = now.Add(delay)
	case !now.Before(q.due):
		return quorum{known: true, good: good}
	}
	return q
}

// explain says what a count is held to.
func (b band) explain(count int) string {
	s := fmt.Sprintf("%d running, quorum %d", count, b.least)
	if b.most != math.MaxUint32 {
		s += fmt.Sprintf(" to %d", b.most)
	}
	return s
}
