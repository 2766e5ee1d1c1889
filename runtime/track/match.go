package track

import (
	"path"
	"slices"
	"strings"

	"github.com/lbgit/lbgit/runtime/script"
	"github.com/lbgit/lbgit/schema"
)

// commLength is how much of a process's name the kernel keeps (TASK_COMM_LEN
// less the zero byte).
const commLength = 15

// pattern says which processes are meant (keepalived vrrp fact 10.3).
type pattern struct {
	program string
	params  []string
	how     schema.ParamMatch
	// argv compares the command line; otherwise the name is enough.
	argv bool
}

// newPattern reads what a configuration says of a process. Without parameters
// and without a wish for the whole command line, the name is compared.
func newPattern(t *schema.TrackProcess) (pattern, error) {
	words, err := script.Split(t.Match)
	if err != nil {
		return pattern{}, err
	}
	if len(words) == 0 {
		return pattern{}, script.ErrEmpty
	}
	p := pattern{program: words[0], params: words[1:], how: t.Params}
	p.argv = t.FullCommand || len(p.params) > 0 || t.Params != schema.ParamsIfAny
	if len(p.params) > 0 && p.how == schema.ParamsIfAny {
		p.how = schema.ParamsExact
	}
	if !p.argv {
		p.program = path.Base(p.program)
		p.program = p.program[:min(len(p.program), commLength)]
	}
	return p, nil
}

// matches tells whether a process is meant: its name as the kernel has it, and
// its command line.
func (p *pattern) matches(comm string, argv []string) bool {
	if !p.argv {
		return comm == p.program
	}
	if len(argv) == 0 || argv[0] != p.program {
		return false
	}
	have, n := argv[1:], len(p.params)
	switch p.how {
	case schema.ParamsExact:
		return slices.Equal(have, p.params)
	case schema.ParamsPartial:
		return len(have) >= n && slices.Equal(have[:n], p.params)
	case schema.ParamsInitial:
		if n == 0 {
			return true
		}
		return len(have) >= n && slices.Equal(have[:n-1], p.params[:n-1]) && strings.HasPrefix(have[n-1], p.params[n-1])
	}
	return true
}
