package vfs

import (
	"bytes"
	"io"
	"io/fs"
	"time"
)

// Info is a plain fs.FileInfo.
type Info struct {
	Base string
	Len  int64 // bytes
	Bits fs.FileMode
	Time time.Time
}

// Name and the methods below implement fs.FileInfo.
func (i Info) Name() string       { return i.Base }
func (i Info) Size() int64        { return i.Len }
func (i Info) Mode() fs.FileMode  { return i.Bits }
func (i Info) ModTime() time.Time { return i.Time }
func (i Info) IsDir() bool        { return i.Bits.IsDir() }
func (i Info) Sys() any           { return nil }

// file is an open file over bytes that are never changed.
type file struct {
	info fs.FileInfo
	*bytes.Reader
	name   string
	closed bool
}

// NewFile opens data; name is for error texts. The result also implements
// io.Seeker and io.ReaderAt.
func NewFile(name string, info fs.FileInfo, data []byte) fs.File {
	return &file{info: info, Reader: bytes.NewReader(data), name: name}
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }

func (f *file) Read(p []byte) (int, error) {
	if f.closed {
		return 0, &fs.PathError{Op: "read", Path: f.name, Err: fs.ErrClosed}
	}
	return f.Reader.Read(p)
}

func (f *file) Close() error {
	f.closed = true
	return nil
}

// dir is an open directory over a list.
type dir struct {
	info fs.FileInfo
	name string
	list []fs.DirEntry
}

// NewDir opens a directory over a sorted list; name is for error texts.
func NewDir(name string, info fs.FileInfo, list []fs.DirEntry) fs.ReadDirFile {
	return &dir{info: info, name: name, list: list}
}

func (d *dir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *dir) Close() error               { return nil }

func (d *dir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: ErrIsDir}
}

func (d *dir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(d.list) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(d.list) {
		n = len(d.list)
	}
	head := append([]fs.DirEntry(nil), d.list[:n]...)
	d.list = d.list[n:]
	return head, nil
}
