package keepalived

import (
	"time"

	"github.com/lbgit/lbgit/schema"
)

// delays maps interface_up_down_delays: an interface, how long it must be down
// and, if given, how long up.
func (w *world) delays(s *Stmt) {
	for i := range s.Block {
		line := &s.Block[i]
		d := schema.InterfaceDelay{Name: w.str(line.Keyword()), Src: line.src()}
		down, ok := w.timer(line, 1, 0, 255*time.Second)
		if !ok {
			continue
		}
		d.Down = down
		if len(line.Words) > 2 {
			if d.Up, ok = w.timer(line, 2, 0, 255*time.Second); !ok {
				continue
			}
		}
		w.most(line, 2)
		w.cfg.Settings.InterfaceDelays = append(w.cfg.Settings.InterfaceDelays, d)
	}
}
