package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/generator/guard"
)

// Inputs are all that a spec follows from: two specs with the same say the same.
type Inputs struct {
	Files string            // the hash of the names and texts of its files
	Found map[string]string // what its functions found in other files, by what they asked: "file ip-ranges.json"
}

// Digest is the hash of the files of the spec at path, as Inputs have it; "" if they cannot be read.
func Digest(path string) string {
	sources, diags := readSources(path)
	if diags.HasErrors() {
		return ""
	}
	return digest(sources)
}

func digest(sources []source) string {
	h := sha256.New()
	for _, s := range sources {
		fmt.Fprintf(h, "%q %d\n%s", filepath.Base(s.name), len(s.text), s.text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Hold tells whether the functions of the spec at path would find the same again.
func (i Inputs) Hold(path string) bool {
	if len(i.Found) == 0 {
		return true
	}
	root, err := os.OpenRoot(Folder(path))
	if err != nil {
		return false
	}
	defer root.Close()
	again := finder{root, map[string]string{}}
	for asked, found := range i.Found {
		switch kind, name, _ := strings.Cut(asked, " "); kind {
		case "file":
			again.text(name)
		case "fileexists":
			again.info(name)
		}
		if again.found[asked] != found {
			return false
		}
	}
	return true
}

// A finder reads files for functions, below a folder, and notes what it finds.
type finder struct {
	root  *os.Root
	found map[string]string
}

// text is the text of a file.
func (f finder) text(name string) ([]byte, error) {
	text, err := guard.ReadFile(f.root, filepath.FromSlash(name), maxRead)
	sum := sha256.Sum256(text)
	f.note("file "+name, hex.EncodeToString(sum[:]), err)
	return text, err
}

// info tells whether there is a file, and what it is.
func (f finder) info(name string) (fs.FileInfo, error) {
	info, err := f.root.Stat(filepath.FromSlash(name))
	what := ""
	if err == nil {
		what = strconv.FormatBool(info.Mode().IsRegular())
	}
	f.note("fileexists "+name, what, err)
	return info, err
}

func (f finder) note(asked, what string, err error) {
	if err != nil {
		what = err.Error()
	}
	f.found[asked] = what
}
