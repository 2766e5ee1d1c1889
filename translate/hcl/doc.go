// Package hcl reads and writes the HCL form of a configuration.
//
// Reading has three steps, because variables and locals belong to the whole
// source, not to one file: Parse every file, make one Scope of all of them,
// Decode each file in that scope. A Scope gives a key for the values that a
// file refers to, so a caller can keep decoded files until one of them
// changes.
//
// Input is not trusted: size, nesting and the cost of expressions are bounded
// before the parser and the evaluator, which have no bounds of their own,
// see the text. It knows block.Body and nothing of the model; it reads no file.
package hcl
