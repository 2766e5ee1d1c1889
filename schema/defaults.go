package schema

import "time"

// Defaults of the model. keepalived's own defaults differ in places; the
// translation of a keepalived.conf writes those out, so that no behaviour
// depends on the language of the source.
const (
	DefaultCheckInterval = 5 * time.Second
	DefaultCheckTimeout  = 2 * time.Second
	DefaultRetry         = 2
	DefaultRetryDelay    = time.Second
	DefaultJitter        = 10
	DefaultDrain         = 60 * time.Second
	DefaultPersistence   = 360 * time.Second
	DefaultPriority      = 100
	DefaultDownAdverts   = 3
)

// SetDefaults fills a value before its source is read over it. Whoever makes
// one of these types from a source calls it first.
func (s *Settings) SetDefaults() { s.VRRPVersion = 2 }

func (v *VirtualServer) SetDefaults() {
	v.Quorum = 1
	v.Drain = DefaultDrain
}

func (r *RealServer) SetDefaults() { r.Weight = 1 }

func (p *Persistence) SetDefaults() { p.Timeout = DefaultPersistence }

func (c *Check) SetDefaults() {
	c.Interval = DefaultCheckInterval
	c.Timeout = DefaultCheckTimeout
	c.Retry = DefaultRetry
	c.RetryDelay = DefaultRetryDelay
	c.Rise = 1
	c.Jitter = DefaultJitter
	c.HTTPVersion = "1.1"
}

func (v *VRRPInstance) SetDefaults() {
	v.Priority = DefaultPriority
	v.AdvertInterval = time.Second
	v.DownAdverts = DefaultDownAdverts
	v.Preempt = true
	v.Accept = true
	v.AnswerLower = true
	v.UnicastTTL = 255
	v.CheckSource = true
}

func (p *Peer) SetDefaults() { p.MaxTTL = 255 }

func (g *GARP) SetDefaults() {
	g.Delay = 5 * time.Second
	g.Repeat = 5
	g.RefreshRepeat = 1
}
