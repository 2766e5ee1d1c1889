// Package dir is the source for a local file or directory.
//
// Run looks at everything when something changed, when it is kicked and every
// 30 s; files whose stat data is unchanged are not read again, and their
// bytes are shared between revisions. A burst of changes is one revision: it
// is read once nothing has happened for 15 ms, or 200 ms after the burst
// began.
//
// A revision's Tree is rooted at "/", so that a keepalived.conf can include
// absolute paths outside its own folder; Revision.Path is the absolute path
// without the leading slash. Configuration files of the source are read when
// the revision is made, everything else when it is first asked for; either
// way it stays as it was read.
package dir
