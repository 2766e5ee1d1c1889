package dir

import (
	"crypto/sha256"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/lbgit/lbgit/runtime/source"
	"github.com/lbgit/lbgit/runtime/source/internal/vfs"
)

// stamp is what stat says about a file's content without reading it.
type stamp struct {
	dev, ino     uint64
	size         int64
	mtime, ctime int64 // ns
}

func stampOf(fi fs.FileInfo) stamp {
	s := stamp{size: fi.Size(), mtime: fi.ModTime().UnixNano()}
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		s.dev, s.ino, s.ctime = st.Dev, st.Ino, st.Ctim.Nano()
	}
	return s
}

// content is one file as it was read; it is never changed.
type content struct {
	stamp stamp
	info  fs.FileInfo
	data  []byte
	sum   [sha256.Size]byte
	// young: the file was changed so shortly before it was read that a later
	// change could carry the same time stamp. Its stamp proves nothing.
	young bool
	// torn: the file changed while it was read, or so shortly before that its
	// writer may not be done (a save in place begins by emptying the file).
	torn bool
}

// tick is an upper bound for the kernel's time stamp granularity.
const tick = 20 * time.Millisecond

// read reads a regular file of up to source.FileLimit bytes.
func read(path string) (*content, error) {
	// Without O_NONBLOCK the open of a FIFO would wait for a writer.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	start := time.Now()
	before, err := f.Stat()
	if err != nil {
		return nil, err
	}
	switch {
	case before.IsDir():
		return nil, vfs.PathError("read", path, vfs.ErrIsDir)
	case !before.Mode().IsRegular():
		return nil, vfs.PathError("read", path, vfs.ErrNotRegular)
	case before.Size() > source.FileLimit:
		return nil, &source.TooLargeError{Path: path, Size: before.Size(), Limit: source.FileLimit}
	}
	data, err := readAll(f, before.Size())
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > source.FileLimit {
		return nil, &source.TooLargeError{Path: path, Size: int64(len(data)), Limit: source.FileLimit}
	}
	after, err := f.Stat()
	if err != nil {
		return nil, err
	}
	c := &content{stamp: stampOf(before), data: data, sum: sha256.Sum256(data)}
	newest := max(c.stamp.mtime, c.stamp.ctime)
	age := start.UnixNano() - newest // negative for a time stamp in the future
	c.young = age < int64(tick)
	// A file renamed into place a moment ago is whole; one written then may not be.
	written := start.UnixNano() - c.stamp.mtime
	c.torn = c.stamp != stampOf(after) || written >= 0 && written < int64(quiet/2)
	// Files of /proc say 0 bytes; the size told is that of what was read.
	c.info = vfs.Info{Base: before.Name(), Len: int64(len(data)), Bits: before.Mode(), Time: before.ModTime()}
	return c, nil
}

// readAll reads to the end, one byte past the limit at most.
func readAll(r io.Reader, size int64) ([]byte, error) {
	buf := make([]byte, 0, size+1)
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf, nil
		}
		if err != nil || len(buf) > source.FileLimit {
			return buf, err
		}
		if len(buf) == cap(buf) {
			grown := make([]byte, len(buf), min(2*cap(buf)+512, source.FileLimit+1))
			copy(grown, buf)
			buf = grown
		}
	}
}
