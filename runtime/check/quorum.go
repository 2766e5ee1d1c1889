package check

// Band is the pair of thresholds that decides quorum: a pool gains it with a live weight of Gain or more, and loses it below
// Lose. Between them the last answer stands, so a weight that moves inside the band changes nothing. Both are at least
// 1 and Lose <= Gain in every Band that NewBand makes.
type Band struct{ Gain, Lose int64 }

// NewBand turns a quorum, a hysteresis and the total configured weight into thresholds: gained at quorum+hysteresis, lost below
// quorum-hysteresis (Q2). Numbers that cannot work are brought to the nearest that can:
//
//   - a quorum above the total is lowered to it (V7), and so is the gaining threshold: keepalived overlooks the latter and
//     never gains such a quorum (V8);
//   - a hysteresis of quorum or more is lowered to quorum-1 (V7);
//   - with all weights 0 the quorum is 1, not keepalived's 0 with a wrapped-around hysteresis (V7): nobody serves, so quorum
//     is down, and it comes back as soon as one weight does.
func NewBand(quorum, hysteresis, total int64) Band {
	total = max(total, 1)
	quorum = min(max(quorum, 1), total)
	hysteresis = min(max(hysteresis, 0), quorum-1)
	lose := quorum - hysteresis
	return Band{Gain: max(lose, min(quorum+hysteresis, total)), Lose: lose}
}

// Next returns whether quorum is up with a live weight, given whether it was. At the start it was not, so the upper threshold
// has to be met (Q3). A live weight of 0 is always down (Q2).
func (b Band) Next(up bool, live int64) bool {
	if up {
		return live >= max(b.Lose, 1)
	}
	return live >= max(b.Gain, b.Lose, 1)
}

// DynamicWeight reads the exit code of a script that sets weights (W4): 0 keeps the configured weight, 2 to 255 give code-2,
// and anything else is a failure (C36), for which ok is false.
func DynamicWeight(code int, configured int64) (weight int64, ok bool) {
	switch {
	case code == 0:
		return configured, true
	case code >= 2 && code <= 255:
		return int64(code - 2), true
	}
	return configured, false
}
