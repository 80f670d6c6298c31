package tree

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// file returns a generated file with a header line.
func file(p, text string) File {
	header := "# " + Marker
	if path.Ext(p) == ".md" {
		header = "<!-- " + Marker + " -->"
	}
	return File{p, []byte(header + "\n\n" + text)}
}

// treeOf returns a tree of files by path and text.
func treeOf(texts map[string]string) Tree {
	var files []File
	for p, text := range texts {
		files = append(files, file(p, text))
	}
	return New(files)
}

// content is what a directory holds: texts of files by path, "-> target" for links, "" for folders, which end in "/".
type content map[string]string

func read(t testing.TB, dir string) content {
	c := content{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		rel, err := filepath.Rel(dir, name)
		require.NoError(t, err)
		rel = filepath.ToSlash(rel)
		switch {
		case rel == ".":
		case d.IsDir():
			c[rel+"/"] = ""
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(name)
			require.NoError(t, err)
			c[rel] = "-> " + target
		case d.Type().IsRegular():
			data, err := os.ReadFile(name)
			require.NoError(t, err)
			c[rel] = string(data)
		}
		return nil
	})
	require.NoError(t, err)
	return c
}

// with returns what a directory holds that has the tree beside the given files.
func (c content) with(t Tree) content {
	u := content{}
	add := func(p, text string) {
		u[p] = text
		for folder := range parents(p) {
			u[folder+"/"] = ""
		}
	}
	for p, text := range c {
		add(p, text)
	}
	sums := record{}
	for _, f := range t.Files() {
		add(f.Path, string(f.Data))
		sums[f.Path] = digest(f.Data)
	}
	u[manifestName] = string(sums.render())
	return u
}

// put writes files into a directory as a user would.
func put(t testing.TB, dir string, files map[string]string) {
	for p, text := range files {
		name := filepath.Join(dir, filepath.FromSlash(p))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
	}
}

func write(t testing.TB, dir string, tree Tree) []Change {
	changes, err := Write(dir, tree, Options{})
	require.NoError(t, err)
	return changes
}

// listing prints changes the way the command does.
func listing(changes []Change) []string {
	var lines []string
	for _, c := range changes {
		line := c.Action.Sign() + " " + c.Path
		if c.Edited {
			line += " (edited)"
		}
		lines = append(lines, line)
	}
	return lines
}

// problems prints what an error says, by path.
func problems(t testing.TB, err error) map[string]string {
	var found Problems
	require.ErrorAs(t, err, &found)
	summaries := map[string]string{}
	for _, p := range found {
		summaries[p.Path] = p.Summary
	}
	require.Len(t, summaries, len(found), "one problem a path")
	return summaries
}
