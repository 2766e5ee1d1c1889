package link

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/internal/nl"
)

var groups = []int{
	unix.RTNLGRP_LINK, unix.RTNLGRP_IPV4_IFADDR, unix.RTNLGRP_IPV6_IFADDR,
	unix.RTNLGRP_IPV4_ROUTE, unix.RTNLGRP_IPV6_ROUTE, unix.RTNLGRP_IPV4_RULE, unix.RTNLGRP_IPV6_RULE,
}

// Watch calls event for every change of links, addresses, routes and rules until the
// context ends, and returns its error. It begins with EventResync: from there on
// nothing is missed without another one. The calls are made one by one, in the
// kernel's order; when event is slow, events are dropped and EventResync tells.
//
// One subscription serves all kinds, so their order is kept, and unlike the
// netlink library's it goes on after events were dropped.
func (l *Links) Watch(ctx context.Context, event func(Event)) error {
	var events *nl.Listener
	err := l.namespace.Run(func() (err error) {
		events, err = nl.Listen(unix.NETLINK_ROUTE)
		return err
	})
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	defer events.Close()
	if err := events.Join(groups...); err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	known, err := l.known()
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	event(Event{Kind: EventResync})
	for {
		p, err := events.Receive(ctx)
		switch {
		case errors.Is(err, nl.ErrLost):
			event(Event{Kind: EventResync})
			continue
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return fmt.Errorf("watch: %w", err)
		}
		for m, err := range nl.Messages(p) {
			if err != nil {
				event(Event{Kind: EventResync})
				break
			}
			e, ok := parseEvent(m)
			if !ok {
				continue
			}
			if e.Link == "" && e.Index != 0 {
				e.Link, _ = l.names.name(e.Index) // gone already: without it
			}
			if e.Kind == EventLink {
				e.Was = known.renamed(&e)
			}
			event(e)
		}
	}
}

// known are the names of links by number. The kernel tells of a new name, and
// not that it was another.
type known map[int]string

func (l *Links) known() (known, error) {
	list, err := l.reader.LinkList()
	if err != nil {
		return nil, err
	}
	k := known{}
	for _, i := range list {
		k[i.Attrs().Index] = i.Attrs().Name
	}
	return k, nil
}

// renamed takes news of a link, and gives the name that it had if that was
// another.
func (k known) renamed(e *Event) (was string) {
	if was = k[e.Index]; was == e.Link {
		was = ""
	}
	k[e.Index] = e.Link
	if e.Removed {
		delete(k, e.Index)
	}
	return was
}
