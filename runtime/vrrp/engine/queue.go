package engine

import "sync"

// queue is an ordered queue without bound: push never waits, so whoever
// pushes is never held up by whoever takes.
type queue[T any] struct {
	mu     sync.Mutex
	items  []T
	signal chan struct{} // has one element whenever items may be non-empty
}

func newQueue[T any]() *queue[T] { return &queue[T]{signal: make(chan struct{}, 1)} }

func (q *queue[T]) push(v T) {
	q.mu.Lock()
	q.items = append(q.items, v)
	q.mu.Unlock()
	wake(q.signal)
}

// pushBelow is push unless there are limit items already.
func (q *queue[T]) pushBelow(limit int, v T) {
	q.mu.Lock()
	if len(q.items) < limit {
		q.items = append(q.items, v)
	}
	q.mu.Unlock()
	wake(q.signal)
}

func (q *queue[T]) take() []T {
	q.mu.Lock()
	defer q.mu.Unlock()
	items := q.items
	q.items = nil
	return items
}

// serve calls each with all that was pushed, until stop; then once more for
// the rest.
func (q *queue[T]) serve(stop <-chan struct{}, each func([]T)) {
	for {
		select {
		case <-q.signal:
			each(q.take())
		case <-stop:
			each(q.take())
			return
		}
	}
}

// wake puts a signal into a channel of capacity 1, once.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// lock is a mutex that is handed over in the order of asking, as sync.Mutex is
// not: the readers of flooded sockets must not keep the loop waiting.
type lock chan struct{}

func newLock() lock { return make(lock, 1) }

func (l lock) Lock()   { l <- struct{}{} }
func (l lock) Unlock() { <-l }
