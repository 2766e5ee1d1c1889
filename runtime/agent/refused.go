package agent

import (
	"github.com/lbgit/lbgit/reconcile/apply"
	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
)

// refused remembers what the kernel refuses, and why, by object: a row that
// cannot be set is tried every few seconds.
type refused map[string]string

// note takes what came of some operations, and says of each failure whether it
// is news.
func (r *refused) note(ops []plan.Op, failures []apply.Failure) []bool {
	if *r == nil {
		*r = refused{}
	}
	news := make([]bool, len(failures))
	failed := map[string]bool{}
	for i, f := range failures {
		key, why := objectKey(f.Op.Object()), f.Err.Error()
		news[i] = (*r)[key] != why
		(*r)[key], failed[key] = why, true
	}
	if len(*r) > len(failed) {
		for i := range ops {
			if key := objectKey(ops[i].Object()); !failed[key] {
				delete(*r, key)
			}
		}
	}
	return news
}

func objectKey(o state.Object) string { return o.Kind().String() + " " + o.Name() }
