package spec

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/postern-dev/postern/generator/guard"
)

// A finder reads files for functions, below a folder.
type finder struct{ root *os.Root }

// text is the text of a file.
func (f finder) text(name string) ([]byte, error) {
	return guard.ReadFile(f.root, filepath.FromSlash(name), maxRead)
}

// info tells whether there is a file, and what it is.
func (f finder) info(name string) (fs.FileInfo, error) { return f.root.Stat(filepath.FromSlash(name)) }
