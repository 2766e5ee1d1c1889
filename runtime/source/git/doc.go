// Package git is the source for a git repository.
//
// A remote repository is kept as a full bare clone of the asked ref under
// StateDir/git and brought up to date by incremental fetches; a look without
// news is one request. A damaged clone is replaced by a fresh one, as is one
// with many packs. A repository on this machine (file:// or a path ending in
// .git) is read in place, without clone and without the git program, and its
// refs are watched, so a push into it is noticed at once.
//
// Files are read from the commit's tree; nothing is ever checked out. The
// revision's Tree is the commit's whole tree, with Revision.Path for --path.
// Configuration files below that path are read when the revision is made, so
// garbage collection cannot take them away; others when asked for.
package git
