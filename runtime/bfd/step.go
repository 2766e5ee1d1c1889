package bfd

import "time"

// Step feeds one event at the time now to a session and returns its next state
// with the actions to carry out, in order.  It is total: any event in any
// state has an answer, and none panics.
func Step(c Config, s State, now time.Duration, ev Event) (State, []Action) {
	if _, tick := ev.(Tick); tick && (s.Deadline == 0 || now < s.Deadline) {
		return s, nil
	}
	m := machine{c: c, s: s, now: now}
	switch ev := ev.(type) {
	case Start:
		m.start(ev.Seed)
	case Tick:
		m.tick()
	case Receive:
		m.receive(&ev.Packet)
	case Reconfigured:
		m.retime()
	case Stop:
		m.end(Down)
	case Remove:
		m.end(AdminDown)
	}
	m.rearm()
	return m.s, m.acts
}

// machine is one step under way.
type machine struct {
	c    Config
	s    State
	now  time.Duration
	acts []Action
	// changed says that the session's state is another now: the peer is to
	// learn it before the next periodic packet (section 6.8.7).
	changed bool
}

func (m *machine) start(seed uint64) {
	if m.s.Running {
		return
	}
	m.s = State{Running: true, Session: Down, RemoteState: Down, RemoteMinRX: time.Microsecond, Chance: seed}
	m.retime()
	m.s.SendAt = 0
	if m.periodic() {
		m.s.SendAt = later(m.now, 0)
		m.tick()
	}
}

func (m *machine) tick() {
	due := func(t time.Duration) bool { return t != 0 && t <= m.now }
	if due(m.s.DetectAt) {
		m.expire()
	}
	if m.changed || due(m.s.SendAt) {
		m.transmit()
	}
}

// expire is silence for a detection time (section 6.8.4).  What is known of
// the peer is forgotten in any state (sections 6.8.1, 6.8.18).
func (m *machine) expire() {
	m.s.DetectAt, m.s.RemoteDisc, m.s.RemoteMinRX, m.s.RemoteDemand = 0, 0, time.Microsecond, false
	if m.s.Session == Init || m.s.Session == Up {
		m.become(Down, DiagTime)
	}
	m.retime()
}

// become changes the session's state.
func (m *machine) become(to SessionState, why Diag) {
	from := m.s.Session
	m.s.Session, m.s.Diag, m.changed = to, why, true
	switch {
	case to == Up:
		m.acts = append(m.acts, Action{Kind: Report, Up: true})
	case from == Up && (why != DiagSignal || m.s.RemoteState != AdminDown):
		m.acts = append(m.acts, Action{Kind: Report, Diag: why})
	}
}

// end says goodbye, if there is anybody to hear it, and stops every timer.  A
// packet that gets lost is made good by the peer's detection time.
func (m *machine) end(as SessionState) {
	if m.s.Running && (m.s.Session == Init || m.s.Session == Up) {
		m.s.Session, m.s.Diag, m.s.Polling = as, DiagByAdmin, false
		m.send(false)
	}
	m.s.Running, m.s.SendAt, m.s.DetectAt = false, 0, 0
}

// transmit sends a packet out of turn or in turn, from which the next counts.
func (m *machine) transmit() {
	if m.mute() {
		return
	}
	m.s.SentAt = m.now
	m.s.SendAt = 0
	if m.periodic() {
		m.s.SendAt = later(m.now, m.jittered(m.s.Interval))
	}
	m.send(false)
}

// send makes a packet (section 6.8.7).  One that answers a Poll does not poll.
func (m *machine) send(final bool) {
	m.acts = append(m.acts, Action{Kind: Send, Packet: Packet{
		Diag: m.s.Diag, State: m.s.Session, Poll: m.s.Polling && !final, Final: final, Multiplier: max(m.c.Multiplier, 1),
		MyDisc: m.c.Discriminator, YourDisc: m.s.RemoteDisc, MinTX: m.s.MinTX, MinRX: m.s.MinRX,
	}})
}

// mute says that nothing at all may be sent: a passive system does not speak
// first (section 6.8.7, fact 19.9).
func (m *machine) mute() bool { return !m.s.Running || m.c.Passive && m.s.RemoteDisc == 0 }

// periodic says whether packets are sent at intervals (section 6.8.7).
func (m *machine) periodic() bool {
	demand := m.s.RemoteDemand && m.s.Session == Up && m.s.RemoteState == Up && !m.s.Polling
	return !m.mute() && m.s.RemoteMinRX != 0 && !demand
}

// jittered takes 10 to 25 % off (fact 19.4).  That is within what section
// 6.8.7 allows for every multiplier.
func (m *machine) jittered(d time.Duration) time.Duration {
	m.s.Chance += 0x9e3779b97f4a7c15 // splitmix64
	z := m.s.Chance
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	z ^= z >> 31
	return d/1000*time.Duration(750+z%151) + d%1000*75/100
}

// rearm sets Deadline to the earlier timer.
func (m *machine) rearm() {
	m.s.Deadline = m.s.DetectAt
	if at := m.s.SendAt; at != 0 && (m.s.Deadline == 0 || at < m.s.Deadline) {
		m.s.Deadline = at
	}
}
