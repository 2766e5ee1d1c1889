package bfd

// receive is section 6.8.6 from where the session is known.
func (m *machine) receive(p *Packet) {
	if !m.s.Running {
		return
	}
	m.s.RemoteDisc, m.s.RemoteState, m.s.RemoteDiag, m.s.RemoteDemand = p.MyDisc, p.State, p.Diag, p.Demand
	m.s.RemoteMinRX, m.s.RemoteMinTX, m.s.RemoteMult = p.MinRX, p.MinTX, p.Multiplier
	m.final(p.Final)
	m.transition(p.State)
	m.s.HeardAt = m.now
	m.s.DetectAt = later(m.now, 0) // retime says how much later
	m.retime()
	switch {
	case p.Poll:
		m.send(true) // and with it what else is new
	case m.changed:
		m.transmit()
	}
}

// transition is what the peer's state does to the own one (section 6.2).
func (m *machine) transition(peer SessionState) {
	switch m.s.Session {
	case Down:
		switch peer {
		case Down:
			m.become(Init, m.s.Diag)
		case Init:
			m.become(Up, DiagNone)
		}
	case Init:
		switch peer {
		case AdminDown:
			m.become(Down, DiagSignal)
		case Init, Up:
			m.become(Up, DiagNone)
		}
	case Up:
		if peer == AdminDown || peer == Down {
			m.become(Down, DiagSignal)
		}
	}
}
