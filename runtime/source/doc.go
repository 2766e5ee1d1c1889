// Package source turns the place where desired state is kept into revisions
// of a tree of files.
//
// A source is a file, a directory (package dir) or a git repository (package
// git); package open picks the right one from what the user typed. The package
// knows nothing of what the files mean: it reads bytes, notices changes and
// says which revision they belong to. It must not import the translators, the
// schema or anything of reconcile.
//
// A Revision's Tree never changes its mind: a file that was read once reads
// the same for ever, whatever happens on the disk or in the repository. Files
// and FromFiles carry what was read over a restart.
package source
