// Package translate turns a source, a file or a directory in any of the
// languages, into one node's view of the model.
//
// A language is a row of the format table. HCL and YAML become trees
// (translate/block), on which the limits to nodes and the overrides of this
// node are worked out, and which are then bound to the model. A
// keepalived.conf comes as a ready Config and is put beside.
//
// Load costs as much as the change: a Loader keeps what it decoded under the
// hash of the text and of the values that the text refers to, and hands out
// the very same objects again while nothing that they are made of changed.
// What it handed out is never changed.
//
// It reads through an fs.FS only and knows neither directories, git, nor time.
package translate
