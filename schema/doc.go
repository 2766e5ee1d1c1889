// Package schema is the model: what an operator wants of one node.
//
// The words are the field's. A Config is one node's view of a source, with
// node overrides merged, whatever language it was written in: HCL and YAML
// are bound to these types by their `conf` tags, keepalived.conf is mapped
// onto them. Defaults are values of this package; Validate says what is wrong
// with a Config; Normalize brings equal meanings into one form.
//
// Values that a Config points at are never changed after Load. Two loads
// share what did not change between them, so pointer equality means "nothing
// to do here".
//
// The `conf` tag: a name, then options. "label" is the block's label, "block"
// a nested block (repeated when the field is a slice), "short" the field that
// a bare string stands for where a list element may be a string or an object,
// "optional" a label that may be left out, "inline" an embedded struct.
//
// Pure: no I/O, no clock, no goroutines.
package schema
