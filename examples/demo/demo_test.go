//go:build linux

// Package demo_test tells the story of lbgit in a real kernel and a real
// network: `make demo`. Each line that it prints is what was seen, and it
// fails when a step did not happen.
package demo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

func TestMain(m *testing.M) { lab.Main(m) }

// examples is the folder above this one.
const examples = ".."

func TestDemo(t *testing.T) {
	started := time.Now()
	t.Run("git", gitStory)
	t.Run("keepalived", keepalivedStory)
	if !t.Failed() {
		fmt.Printf("\nDone: every step happened, in %s.\n", time.Since(started).Round(time.Second))
	}
}

// steps counts the parts of the story.
var steps int

// step begins a part of the story.
func step(format string, args ...any) {
	steps++
	fmt.Printf("\n%d. %s\n", steps, fmt.Sprintf(format, args...))
}

// saw tells what was observed.
func saw(format string, args ...any) { fmt.Printf("   %s\n", fmt.Sprintf(format, args...)) }

// grep keeps the lines that begin so.
func grep(text, prefix string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			out.WriteString(line)
		}
	}
	return out.String()
}

// show prints what a command printed.
func show(text string) {
	for line := range strings.Lines(strings.Trim(text, "\n") + "\n") {
		fmt.Print("     | ", line)
	}
}
