// Package yaml reads and writes the YAML form of a configuration.
//
// YAML has the same names as HCL and no expressions. Since it cannot tell a
// block from an object, the decoder asks the model's shape: a labelled block
// is a map under its HCL name, from label to body, or a list of bodies that
// carry the label under its own name; other blocks are maps.
//
// Scalars keep their exact text, so that 1.10 and 017 reach a field as they
// were written. Aliases and merge keys are followed within a budget.
//
// gopkg.in/yaml.v3 is used for its nodes only and is named nowhere else. This
// package knows block.Body and nothing of the model; it reads no file.
package yaml
