package tree

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNewSortsFiles(t *testing.T) {
	tree := New([]File{file("b.tf", ""), file("a/z.tf", ""), file("a.tf", "")})
	var paths []string
	for _, f := range tree.Files() {
		paths = append(paths, f.Path)
	}
	assert.Equal(t, []string{"a.tf", "a/z.tf", "b.tf"}, paths)
}

func TestNewPanics(t *testing.T) {
	for name, files := range map[string][]File{
		"empty":         {file("", "")},
		"root":          {file(".", "")},
		"absolute":      {file("/a.tf", "")},
		"outside":       {file("../a.tf", "")},
		"unclean":       {file("a//b.tf", "")},
		"backslash":     {file(`a\b.tf`, "")},
		"manifest":      {file(".postern.json", "")},
		"journal below": {file("a/.postern.next.json", "")},
		"staged":        {file("a/.postern-x.tmp", "")},
		"twice":         {file("a.tf", "1"), file("a.tf", "2")},
		"file, folder":  {file("a", ""), file("a/b/c", "")},
		"no header":     {{"a.tf", []byte("# mine\n# " + Marker + "\n")}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Panics(t, func() { New(files) })
		})
	}
}

func TestDiff(t *testing.T) {
	for name, test := range map[string]struct {
		change Change
		want   string
	}{
		"created": {
			Change{Path: "x/a.tf", Action: Created, New: []byte("one\ntwo\n")},
			"--- /dev/null\n+++ b/x/a.tf\n@@ -0,0 +1,2 @@\n+one\n+two\n",
		},
		"changed": {
			Change{Path: "a.tf", Action: Changed, Old: []byte("one\ntwo\n"), New: []byte("one\nthree\n")},
			"--- a/a.tf\n+++ b/a.tf\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n",
		},
		"blown up": {
			Change{Path: "a.tf", Action: Changed, Old: bytes.Repeat([]byte("\n"), 60_000_000), New: []byte("one\n")},
			"Files a/a.tf and b/a.tf differ: 60000000 and 4 bytes\n",
		},
		"deleted": {
			Change{Path: "a.tf", Action: Deleted, Old: []byte("one\n")},
			"--- a/a.tf\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, test.change.Diff())
		})
	}
}
