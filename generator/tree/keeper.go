package tree

import (
	"path/filepath"
	"slices"
	"strings"
)

// keepers are the folders in which a tool keeps what nobody else may write.
var keepers = []string{".git", "git~1", ".hg", ".svn", ".bzr", ".jj", "cvs", "_darcs", ".terraform"}

// keeperOf is the name of the first such folder on the way to dir, links followed as far as it exists; "" if there is none.
func keeperOf(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "" // nor can it be read
	}
	for name := range strings.SplitSeq(filepath.ToSlash(followed(dir)), "/") {
		if slices.Contains(keepers, strings.ToLower(name)) {
			return name
		}
	}
	return ""
}

// followed is a path with the links in it followed, as far as it exists.
func followed(dir string) string {
	for made := dir; ; made = filepath.Dir(made) {
		if real, err := filepath.EvalSymlinks(made); err == nil {
			return real + strings.TrimPrefix(dir, made)
		}
		if made == filepath.Dir(made) {
			return dir
		}
	}
}
