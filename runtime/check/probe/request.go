package probe

import "net/netip"

// appendRequest adds the request for one URL to b: request line, User-Agent, Connection unless the protocol is plain 1.0, Host, and nothing
// else, in this order (C2, C3).
func appendRequest(b []byte, t *Target, u *URL) []byte {
	h := t.HTTP
	b = append(b, or(h.Method, "GET")...)
	b = append(b, ' ')
	b = append(b, or(u.Path, "/")...)
	switch h.Protocol {
	case HTTP10, HTTP10Close:
		b = append(b, " HTTP/1.0\r\n"...)
	default:
		b = append(b, " HTTP/1.1\r\n"...)
	}
	b = append(b, "User-Agent: KeepAliveClient\r\n"...)
	if h.Protocol != HTTP10 {
		b = append(b, "Connection: close\r\n"...)
	}
	b = append(b, "Host: "...)
	// The first name that is set, verbatim; else the address with its port, always (C4).
	if host := or(u.VirtualHost, h.Host); host != "" {
		b = append(b, host...)
	} else {
		b = netip.AddrPortFrom(t.Addr.Addr().Unmap().WithZone(""), t.Addr.Port()).AppendTo(b)
	}
	return append(b, "\r\n\r\n"...)
}

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

// urls returns the requests of a target.
func (h *HTTPSpec) urls() []URL {
	if len(h.URLs) == 0 {
		return root
	}
	return h.URLs
}

var root = []URL{{Path: "/"}}
