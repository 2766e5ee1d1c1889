// Package notify tells the outside about VRRP: it runs scripts, writes lines to
// FIFOs and sends mail when the state of an instance or a group changes.
//
//	agent ──► Tell(Event) ──► rules: who wants to know? ──► scripts, one queue per object
//	                                                    ├─► FIFOs, one queue each
//	                                                    └─► mail, one queue
//
// Tell and Set never wait: what is slow has a queue and a goroutine of its own.
// Nothing overtakes within one object, and no event is dropped because a newer
// one is there (keepalived starts scripts side by side and loses lines of a
// full FIFO, VRRP facts 14.1, 14.4 and 20.8).
//
// The package knows what an event is called and who is to hear of it. It does
// not know how events come about; that is the agent's.
package notify
