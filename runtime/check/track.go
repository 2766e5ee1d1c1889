package check

// TrackConfig is how a track script is judged. Rise and Fall are 1 or more; smaller values are read as 1.
type TrackConfig struct{ Rise, Fall int }

// Track is the counter of a track script (vrrp facts 9.2 and 9.3). It moves within 0..rise+fall-1, and the script is good at rise or
// above. The zero value is not a start: use [TrackConfig.Start].
type Track struct {
	Count int
	// Ran says that the script has run.
	Ran bool
}

// Start returns the counter before the first run: rise-1. From there one success is enough to be good, and one failure counts
// at once whatever Fall is (vrrp 9.3).
func (c TrackConfig) Start() Track { return Track{Count: max(c.Rise, 1) - 1} }

// Good says whether a counter means good.
func (c TrackConfig) Good(t Track) bool { return t.Count >= max(c.Rise, 1) }

// Step counts one run (vrrp 9.2). A success below rise-1 adds one, and reaching rise jumps to the top, so that it takes Fall failures
// to come down again; a failure above rise takes one away, any other drops to 0. It returns whether the answer of Good changed.
func (c TrackConfig) Step(t Track, success bool) (next Track, changed bool) {
	rise, fall := max(c.Rise, 1), max(c.Fall, 1)
	top := rise + fall - 1
	// A counter that was carried over from other limits is first brought inside these.
	was := min(max(t.Count, 0), top)
	count := was
	switch {
	case success && was < rise-1:
		count++
	case success:
		count = top
	case was > rise:
		count--
	default:
		count = 0
	}
	return Track{Count: count, Ran: true}, (count >= rise) != (was >= rise)
}
