package agent

import (
	"time"

	"github.com/lbgit/lbgit/runtime/internal/memory"
)

// tidyAfter is the quiet time after which what the past left over is given
// back to the system.
const tidyAfter = 10 * time.Second

// tidy gives the memory of the past back, once it has been quiet for a while. A
// daemon that has read a large configuration, or taken over thousands of
// addresses, does next to nothing afterwards: without this the runtime would
// keep it for a long time.
func (a *Agent) tidy() {
	if a.tidyTimer == nil {
		a.tidyTimer = time.AfterFunc(tidyAfter, memory.GiveBack)
		return
	}
	a.tidyTimer.Reset(tidyAfter)
}
