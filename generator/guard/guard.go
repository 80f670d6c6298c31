// Package guard reads what others have written, so that nothing of it takes unbounded time or memory.
//
// The rules are:
//   - A file is asked what it is before it is opened: opening a pipe would wait forever, and a device may have no end.
//   - No more of it is read than a limit says.
//   - No parser, which recurses, sees text that is nested deeper than MaxNesting, see Parsed.
//   - What is quoted of it is short, and on a terminal no more than text, see Sprintf and Visible.
package guard

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// The limits, in bytes of one file. A parser of HCL needs about two hundred bytes for each byte of punctuation.
const (
	MaxParsed = 4 << 20  // that a parser of all of HCL reads
	MaxRead   = 64 << 20 // that is read at all
)

// What keeps a file from being read.
var (
	ErrTooLarge   = errors.New("larger than postern reads")
	ErrNotRegular = errors.New("not a regular file")
	ErrNotFolder  = errors.New("not a folder")
)

// A Folder is where files are read from: the whole Disk, or an *os.Root, which no link leads out of.
type Folder interface {
	Stat(name string) (fs.FileInfo, error)
	Open(name string) (*os.File, error)
}

// Disk is the whole disk.
var Disk Folder = disk{}

type disk struct{}

func (disk) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }
func (disk) Open(name string) (*os.File, error)    { return os.Open(name) }

// OpenRoot opens a folder, out of which no link leads.
func OpenRoot(name string) (*os.Root, error) {
	if info, err := os.Stat(name); err == nil && !info.IsDir() {
		return nil, ErrNotFolder
	}
	return os.OpenRoot(name)
}

// ReadFile reads a regular file of at most limit bytes.
func ReadFile(from Folder, name string, limit int) ([]byte, error) {
	info, err := from.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, ErrNotRegular
	case info.Size() > int64(limit):
		return nil, ErrTooLarge
	}
	f, err := from.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := readAll(f, int(info.Size()), limit)
	if err == nil && len(text) > limit {
		return nil, ErrTooLarge
	}
	return text, err
}

// readAll reads to the end, but hardly more than limit bytes. A file may say that it is smaller than it is.
func readAll(r io.Reader, size, limit int) ([]byte, error) {
	text := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	_, err := text.ReadFrom(io.LimitReader(r, int64(limit)+1))
	return text.Bytes(), err
}

// RangeAt is the range of one byte of a text.
func RangeAt(name string, text []byte, at int) hcl.Range {
	before := text[:at]
	start := bytes.LastIndexByte(before, '\n') + 1
	pos := hcl.Pos{Line: 1 + bytes.Count(before, []byte{'\n'}), Column: 1 + utf8.RuneCount(before[start:]), Byte: at}
	end := pos
	end.Byte, end.Column = at+1, pos.Column+1
	return hcl.Range{Filename: name, Start: pos, End: end}
}

// ReadDir lists a folder, sorted by name.
func ReadDir(from Folder, name string) ([]fs.DirEntry, error) {
	info, err := from.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, ErrNotFolder
	}
	dir, err := from.Open(name)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}
