package agent

import (
	"runtime/debug"
	"time"
)

// tidyAfter is the quiet time after a revision when what reading it left over
// is given back to the system.
const tidyAfter = 10 * time.Second

// tidy gives the memory of the past back. A daemon that has read a large
// configuration, or taken over thousands of addresses, does next to nothing
// afterwards: without this the runtime would keep it for a long time.
func (a *Agent) tidy() {
	if a.tidyTimer != nil {
		a.tidyTimer.Stop()
	}
	a.tidyTimer = time.AfterFunc(tidyAfter, debug.FreeOSMemory)
}
