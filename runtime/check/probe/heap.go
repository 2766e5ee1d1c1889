package probe

import "time"

// timers is a heap of targets by the time at which something is due: one entry per target, its next probe or the deadline of
// the one that runs. Times are on the scheduler's clock. A target knows its place, so that a change costs no search.
//
// It is a heap with four children per node: half as deep as a binary one, and the children lie together in memory.
type timers struct{ items []timer }

type timer struct {
	when time.Duration
	t    *target
}

const arity = 4

// none marks a target that is not in the heap.
const none = -1

func (h *timers) len() int { return len(h.items) }

// first returns the earliest entry; the heap must not be empty.
func (h *timers) first() timer { return h.items[0] }

// set brings a target to a time, adding it if needed.
func (h *timers) set(t *target, when time.Duration) {
	if t.pos == none {
		h.items = append(h.items, timer{when, t})
		t.pos = len(h.items) - 1
		h.up(t.pos)
		return
	}
	i := t.pos
	earlier := when < h.items[i].when
	h.items[i].when = when
	if earlier {
		h.up(i)
	} else {
		h.down(i)
	}
}

// remove takes a target out; one that is not in is left alone.
func (h *timers) remove(t *target) {
	i := t.pos
	if i == none {
		return
	}
	last := len(h.items) - 1
	moved := h.items[last]
	h.items[last] = timer{}
	h.items = h.items[:last]
	t.pos = none
	if i == last {
		return
	}
	h.items[i] = moved
	moved.t.pos = i
	h.up(i)
	h.down(moved.t.pos)
}

// when returns the time of a target and whether it has one.
func (h *timers) when(t *target) (time.Duration, bool) {
	if t.pos == none {
		return 0, false
	}
	return h.items[t.pos].when, true
}

func (h *timers) up(i int) {
	item := h.items[i]
	for i > 0 {
		parent := (i - 1) / arity
		if h.items[parent].when <= item.when {
			break
		}
		h.put(i, h.items[parent])
		i = parent
	}
	h.put(i, item)
}

func (h *timers) down(i int) {
	item := h.items[i]
	for {
		least, end := arity*i+1, min(arity*i+1+arity, len(h.items))
		if least >= len(h.items) {
			break
		}
		for child := least + 1; child < end; child++ {
			if h.items[child].when < h.items[least].when {
				least = child
			}
		}
		if item.when <= h.items[least].when {
			break
		}
		h.put(i, h.items[least])
		i = least
	}
	h.put(i, item)
}

func (h *timers) put(i int, item timer) {
	h.items[i] = item
	item.t.pos = i
}
