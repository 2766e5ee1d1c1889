package agent

import (
	"github.com/lbgit/lbgit/reconcile/apply"
	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
)

// refused remembers what the kernel refuses, and why, by object: a row that
// cannot be set is tried every few seconds.
type refused map[string]string

// note takes what came of some operations. It says of each failure whether it is
// news, and which objects are refused no more.
func (r *refused) note(ops []plan.Op, failures []apply.Failure) (news []bool, over []string) {
	if *r == nil {
		*r = refused{}
	}
	failed := map[string]bool{}
	for _, f := range failures {
		key, why := objectKey(f.Op.Object()), f.Err.Error()
		news = append(news, (*r)[key] != why)
		(*r)[key], failed[key] = why, true
	}
	if len(*r) > len(failed) {
		for i := range ops {
			key := objectKey(ops[i].Object())
			if _, was := (*r)[key]; was && !failed[key] {
				delete(*r, key)
				over = append(over, key)
			}
		}
	}
	return news, over
}

func objectKey(o state.Object) string { return o.Kind().String() + " " + o.Name() }
