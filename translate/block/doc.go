// Package block is the tree between a configuration language and the model.
//
// HCL and YAML are decoded into it, node overrides are merged on it, and one
// binder writes it into the types of package schema by their `conf` tags; the
// writers go the other way. A language therefore knows nothing of the model,
// the model nothing of languages, and the two languages cannot drift apart.
//
// Overrides are merged here, before there are typed values, because here
// "which field was set" is simply which attribute is there.
//
// Pure: no I/O. It knows no syntax. A tree is never changed once made; Merge
// and Select share what they do not change.
package block
