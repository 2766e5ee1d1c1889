package hcl

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/lbgit/lbgit/schema/diag"
)

// Bounds of one file. The parser and the evaluator recurse without a limit,
// and a goroutine whose stack overflows takes the process with it.
const (
	MaxSize = 64 << 20
	// maxDepth bounds brackets in brackets.
	maxDepth = 200
	// maxTerms bounds the tokens of the expressions that are open at once:
	// operators nest in the parser, too, without any bracket.
	maxTerms = 4000
)

// guard refuses text that the parser would not survive.
func guard(src *source) (l diag.List) {
	if len(src.Text) > MaxSize {
		l.Errorf(diag.Range{File: src.Name}, "the file has %d MiB; at most %d are read", len(src.Text)>>20, MaxSize>>20)
		return l
	}
	if i := bytes.IndexByte(src.Text, 0); i >= 0 {
		l.Errorf(src.At(i), "the file holds a NUL byte; this is not text")
		return l
	}
	if !suspicious(src.Text) {
		return nil
	}
	tokens, _ := hclsyntax.LexConfig(src.Text, src.Name, hcl.InitialPos)
	type level struct {
		newline bool // a line break ends an expression here
		terms   int
	}
	levels := []level{{newline: true}}
	total := 0
	for i := range tokens {
		t := &tokens[i]
		top := &levels[len(levels)-1]
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote,
			hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			if len(levels) > maxDepth {
				l.Errorf(src.rng(t.Range), "brackets are nested more than %d deep", maxDepth)
				return l
			}
			// The bracket is a term of what surrounds it: in a[x][x][x] the
			// depth stays at one, and the parser still goes deeper.
			top.terms++
			total++
			levels = append(levels, level{newline: t.Type == hclsyntax.TokenOBrace})
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote,
			hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
			if len(levels) > 1 {
				total -= top.terms
				levels = levels[:len(levels)-1]
			}
		case hclsyntax.TokenComma:
			total -= top.terms
			top.terms = 0
		case hclsyntax.TokenNewline, hclsyntax.TokenComment:
			// A comment token holds the line break after it.
			if top.newline {
				total -= top.terms
				top.terms = 0
			}
		case hclsyntax.TokenStringLit, hclsyntax.TokenQuotedLit:
		default:
			top.terms++
			total++
		}
		if total > maxTerms {
			l.Errorf(src.rng(t.Range), "the expression is too long: more than %d words and signs", maxTerms)
			return l
		}
	}
	return nil
}

// suspicious is a cheap first look: cutting a file into tokens costs two
// thirds of parsing it, and nearly every file is harmless. It errs to one side
// only. Where brackets and operators cannot be told from text without the
// lexer (heredocs, comments over several lines, templates, a quote that its
// line does not close) the answer is yes.
func suspicious(text []byte) bool {
	if bytes.Contains(text, []byte("<<")) || bytes.Contains(text, []byte("/*")) {
		return true
	}
	depth, open, signs := 0, 0, 0
	quoted := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		if quoted {
			switch {
			case c == '\\':
				i++
				if i < len(text) && text[i] == '\n' {
					return true
				}
			case c == '"':
				quoted = false
			case c == '\n', c == '{' && (text[i-1] == '$' || text[i-1] == '%'):
				return true
			}
			continue
		}
		switch c {
		case '"':
			quoted = true
		case '#':
			i = lineEnd(text, i) - 1
		case '/':
			if i+1 < len(text) && text[i+1] == '/' {
				i = lineEnd(text, i) - 1
			} else {
				signs++
			}
		case '(', '[':
			open++
			depth++
			signs++
		case '{':
			depth++
		case ')', ']':
			open = max(0, open-1)
			depth = max(0, depth-1)
		case '}':
			depth = max(0, depth-1)
		case '?', '!', '-', '+', '*', '%', '<', '>', '&', '|', '.', ':', '=':
			signs++
		case '\n':
			if open == 0 {
				signs = 0
			}
		}
		if depth > maxDepth/2 || signs > maxTerms/8 {
			return true
		}
	}
	return quoted
}

func lineEnd(text []byte, i int) int {
	if n := bytes.IndexByte(text[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(text)
}
