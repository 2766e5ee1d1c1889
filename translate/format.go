package translate

import (
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/lbgit/lbgit/schema"
	"github.com/lbgit/lbgit/translate/block"
	"github.com/lbgit/lbgit/translate/hcl"
	"github.com/lbgit/lbgit/translate/yaml"
)

// Names of the languages.
const (
	HCL        = "hcl"
	YAML       = "yaml"
	Keepalived = "keepalived"
)

// extensions is the format table.
var extensions = map[string]string{".hcl": HCL, ".yaml": YAML, ".yml": YAML, ".conf": Keepalived}

// Formats names the languages that are read.
func Formats() []string { return []string{HCL, Keepalived, YAML} }

// FormatOf gives the language of a file by its extension, or "".
func FormatOf(file string) string { return extensions[strings.ToLower(path.Ext(file))] }

// nodeBlock is the one block that is not of the model: it says how the view
// of one node differs.
const nodeBlock = "node"

// shape is that of a source file: the model's, and `node` with the same in it.
var shape = func() *block.Shape {
	s := block.ShapeOf(reflect.TypeFor[schema.Config]())
	inner := &block.Shape{Blocks: make(map[string]*block.BlockShape, len(s.Blocks))}
	for name, b := range s.Blocks {
		inner.Blocks[name] = b
	}
	s.Blocks[nodeBlock] = &block.BlockShape{Label: "name", Repeated: true, Body: inner}
	return s
}()

// Encode writes a configuration in the canonical form of HCL or YAML. The
// result loads to the same configuration; secrets are written as they are.
func Encode(cfg *schema.Config, format string) ([]byte, error) {
	body := block.Unbind(cfg)
	for _, n := range cfg.Declared {
		body.Blocks = append(body.Blocks, block.Block{Type: nodeBlock, Labels: []block.Label{{Text: n}}})
	}
	return EncodeBody(body, format)
}

// EncodeBody writes a tree, such as one that carries comments.
func EncodeBody(body block.Body, format string) ([]byte, error) {
	switch format {
	case HCL:
		return hcl.Encode(body), nil
	case YAML:
		return yaml.Encode(body, shape), nil
	case Keepalived:
		return nil, fmt.Errorf("keepalived.conf is read, not written")
	}
	return nil, fmt.Errorf("there is no format %q; there are %s", format, strings.Join(Formats(), ", "))
}

// Format brings a file into its canonical layout, as `lbgit fmt` does.
func Format(file string, text []byte) ([]byte, error) {
	switch FormatOf(file) {
	case HCL:
		return hcl.Format(file, text)
	case YAML:
		return yaml.Format(file, text)
	case Keepalived:
		return nil, fmt.Errorf("%s: keepalived.conf has no canonical layout here; `lbgit convert` writes it as HCL", file)
	}
	return nil, fmt.Errorf("%s: not a configuration file; the extensions are %s", file, extensionList())
}

func extensionList() string {
	out := make([]string, 0, len(extensions))
	for e := range extensions {
		out = append(out, e)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
