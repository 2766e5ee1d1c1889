package probe

import "bytes"

// chunks removes the chunked coding from a body that comes in pieces.
type chunks struct {
	on    bool
	phase chunkPhase
	size  int64 // bytes left of the chunk
	digit int   // digits of the size so far
	line  int   // bytes of the line (size, extension) or of the trailer so far
	empty bool  // the trailer line so far is empty
}

type chunkPhase uint8

const (
	chunkSize chunkPhase = iota // reading the digits
	chunkExt                    // skipping the rest of the size line
	chunkData
	chunkEnd // the line end after the data
	chunkTrailer
)

// feed takes the next bytes and hands the data to body. It returns true after the last chunk and its trailer.
func (c *chunks) feed(p []byte, body func([]byte) error) (done bool, err error) {
	for len(p) > 0 {
		if c.phase == chunkData {
			n := min(int64(len(p)), c.size)
			if err := body(p[:n]); err != nil {
				return false, err
			}
			p, c.size = p[n:], c.size-n
			if c.size == 0 {
				c.phase, c.line = chunkEnd, 0
			}
			continue
		}
		if done, err := c.step(p[0]); done || err != nil {
			return done, err
		}
		p = p[1:]
	}
	return false, nil
}

// step takes one byte outside of the data.
func (c *chunks) step(b byte) (done bool, err error) {
	if c.line++; c.line > maxHeader {
		return false, errHeaderSize
	}
	switch c.phase {
	case chunkSize, chunkExt:
		return false, c.sizeLine(b)
	case chunkEnd:
		switch {
		case b == '\n':
			c.phase, c.digit, c.line = chunkSize, 0, 0
		case b != '\r' || c.line > 1:
			return false, errChunk
		}
	case chunkTrailer:
		switch b {
		case '\n':
			if c.empty {
				return true, nil
			}
			c.empty = true
		case '\r':
		default:
			c.empty = false
		}
	}
	return false, nil
}

// sizeLine takes one byte of the line that begins a chunk: hex digits, then perhaps an extension.
func (c *chunks) sizeLine(b byte) error {
	switch {
	case b == '\n':
		if c.digit == 0 {
			return errChunk
		}
		c.phase, c.line = chunkData, 0
		if c.size == 0 {
			c.phase, c.empty = chunkTrailer, true
		}
	case c.phase == chunkExt:
	case b == ';' || b == ' ' || b == '\t' || b == '\r':
		c.phase = chunkExt
	default:
		d := bytes.IndexByte([]byte("0123456789abcdef"), b|0x20)
		if d < 0 || b < '0' {
			return errChunk
		}
		if c.digit == 0 {
			c.size = 0
		}
		if c.digit++; c.digit > 15 {
			return errChunk
		}
		c.size = c.size<<4 | int64(d)
	}
	return nil
}
