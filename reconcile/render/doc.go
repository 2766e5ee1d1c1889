// Package render shows a plan: as text for a terminal, as JSON for programs
// (and for saving: JSON reads back into the same plan), as Markdown for a
// review.
//
// Pure: it makes bytes of a plan and knows nothing of where they go.
package render
