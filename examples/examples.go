// Package examples holds the example specs, one folder each. What they produce is in golden.
package examples

import (
	"embed"
	"io/fs"
)

//go:embed */*
var files embed.FS

// FS has a folder for each example.
func FS() fs.FS { return files }

// Names are the names of all examples, sorted.
func Names() []string {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		panic(err) // the files are part of the program
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}
