// Package cache keeps files that may be lost at any time: what somebody has worked out, for the next run.
//
// The rules are:
//   - What cannot be read is not there, and what cannot be written is not kept. Neither is an error.
//   - A file is replaced as a whole. What one of two runs at the same time writes is forgotten.
//   - What is kept follows from a build of postern, and no other one believes it (see Build).
package cache

import (
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Folder keeps files by name; "" keeps nothing.
type Folder string

// Read is what a file holds, nil if it is not there.
func (f Folder) Read(name string) []byte {
	if f == "" {
		return nil
	}
	data, err := os.ReadFile(f.at(name))
	if err != nil {
		return nil
	}
	return data
}

// Replace writes a file anew.
func (f Folder) Replace(name string, parts ...[]byte) {
	if f == "" || os.MkdirAll(string(f), 0o700) != nil {
		return
	}
	file, err := os.CreateTemp(string(f), name+"-")
	if err != nil {
		return
	}
	for _, part := range parts {
		_, wrong := file.Write(part)
		err = errors.Join(err, wrong)
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), f.at(name))
	}
	if err != nil {
		os.Remove(file.Name())
	}
}

// Touch notes that a file is used.
func (f Folder) Touch(name string) {
	now := time.Now()
	os.Chtimes(f.at(name), now, now)
}

// Trim removes files of a prefix, those used last excepted as far as they have room in so many bytes.
func (f Folder) Trim(prefix string, room int64) {
	entries, err := os.ReadDir(string(f))
	if err != nil {
		return
	}
	var files []os.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && strings.HasPrefix(e.Name(), prefix) {
			files = append(files, info)
		}
	}
	slices.SortFunc(files, func(a, b os.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, info := range files {
		if room -= info.Size(); room < 0 {
			os.Remove(f.at(info.Name()))
		}
	}
}

func (f Folder) at(name string) string { return filepath.Join(string(f), name) }

// Build is the hash of the program itself; empty if it cannot be read.
var Build = sync.OnceValue(func() string {
	name, err := os.Executable()
	if err != nil {
		return ""
	}
	file, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return ""
	}
	return string(h.Sum(nil))
})
