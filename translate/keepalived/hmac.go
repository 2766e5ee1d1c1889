package keepalived

import (
	"time"

	"github.com/lbgit/lbgit/schema"
)

// hmac maps auth_hmac (fact 4.11). What is wrong in it stays an error of the
// model: keepalived drops the whole block then and runs without (fact 4.9a).
func (w *world) hmac(sc *vrrpScan, s *Stmt) {
	a := &schema.Authentication{Type: schema.AuthHMAC}
	for i := range s.Block {
		switch st := &s.Block[i]; st.Keyword() {
		case "key":
			if n, ok := w.number(st, 1, 1, 255); ok && w.need(st, 2) {
				a.Keys = append(a.Keys, schema.AuthKey{ID: uint8(n), Secret: schema.SecretOf(w.str(st.arg(2))), Src: st.src()})
			}
		case "active_key":
			if n, ok := w.number(st, 1, 1, 255); ok {
				a.ActiveKey = uint8(n)
			}
		case "time_window":
			if n, ok := w.number(st, 1, 1, 300); ok {
				a.Window = time.Duration(n) * time.Second
			}
		case "anti_replay":
			if err := a.Replay.UnmarshalText([]byte(st.arg(1))); err != nil {
				w.ignored(st, 1, "time or monotonic")
			}
		case "mode":
			if err := a.Mode.UnmarshalText([]byte(st.arg(1))); err != nil {
				w.ignored(st, 1, "enforce, permissive or receive-only")
			}
		default:
			w.unknown("auth_hmac", st)
		}
	}
	sc.hmac = a
}
