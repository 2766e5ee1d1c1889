package state

import (
	"fmt"
	"strconv"
	"strings"
)

// Numbers of the metrics of a route (kernel uapi/linux/rtnetlink.h, RTAX_*).
const (
	MetricLock       = 1
	MetricMTU        = 2
	MetricWindow     = 3
	MetricRTT        = 4 // in eighths of a millisecond
	MetricRTTVar     = 5 // in quarters of a millisecond
	MetricSsthresh   = 6
	MetricCwnd       = 7
	MetricAdvMSS     = 8
	MetricReordering = 9
	MetricHopLimit   = 10
	MetricInitCwnd   = 11
	MetricFeatures   = 12 // 1 is ECN
	MetricRTOMin     = 13 // in milliseconds
	MetricInitRwnd   = 14
	MetricQuickACK   = 15
	MetricCongctl    = 16 // a name
	MetricFastOpen   = 17 // no cookie is needed
)

var metricNames = [...]string{
	MetricMTU: "mtu", MetricWindow: "window", MetricRTT: "rtt", MetricRTTVar: "rttvar", MetricSsthresh: "ssthresh", MetricCwnd: "cwnd",
	MetricAdvMSS: "advmss", MetricReordering: "reordering", MetricHopLimit: "hoplimit", MetricInitCwnd: "initcwnd", MetricFeatures: "features",
	MetricRTOMin: "rto_min", MetricInitRwnd: "initrwnd", MetricQuickACK: "quickack", MetricCongctl: "congctl", MetricFastOpen: "fastopen_no_cookie",
}

// Metrics are what a route tells about its path, each by its number in the
// kernel's units; 0 is the kernel's own choice.
type Metrics struct {
	Value [MetricFastOpen + 1]uint32
	// Lock has a bit for each number that path discovery must not change.
	Lock uint32
	// Congctl is the congestion control of its connections.
	Congctl string
}

// IsZero tells whether all are the kernel's choice.
func (m Metrics) IsZero() bool { return m == Metrics{} }

// String writes them as ip-route(8) does, in the kernel's units.
func (m Metrics) String() string {
	var f []string
	for i := MetricMTU; i <= MetricFastOpen; i++ {
		value := strconv.FormatUint(uint64(m.Value[i]), 10)
		if i == MetricCongctl {
			value = m.Congctl
		}
		if value == "" || value == "0" {
			continue
		}
		f = append(f, metricNames[i])
		if m.Lock&(1<<i) != 0 {
			f = append(f, "lock")
		}
		f = append(f, value)
	}
	return strings.Join(f, " ")
}

func (m Metrics) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what String wrote.
func (m *Metrics) UnmarshalText(b []byte) error {
	*m = Metrics{}
	f := strings.Fields(string(b))
	for len(f) > 0 {
		i := MetricNumber(f[0])
		if len(f) > 2 && f[1] == "lock" {
			m.Lock |= 1 << i
			f = f[1:]
		}
		if i == 0 || len(f) < 2 {
			return fmt.Errorf("%q are not metrics of a route", b)
		}
		if i == MetricCongctl {
			m.Congctl = f[1]
		} else {
			n, err := strconv.ParseUint(f[1], 10, 32)
			if err != nil {
				return fmt.Errorf("%s %q of a route is no number", f[0], f[1])
			}
			m.Value[i] = uint32(n)
		}
		f = f[2:]
	}
	return nil
}

// MetricNumber is the number of a name, or 0.
func MetricNumber(name string) int {
	for i, n := range metricNames {
		if n == name && n != "" {
			return i
		}
	}
	return 0
}
