//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package tree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// lock keeps other runs away from a directory until it is unlocked. A killed run leaves the lock file behind.
func lock(dir string) (unlock func(), err error) {
	name := filepath.Join(dir, lockName)
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, Problems{held("Wait until it has finished; if there is none, delete " + lockName + " there.")}
	case err != nil:
		return nil, Problems{unwritable(".", err)}
	}
	f.Close()
	return func() { os.Remove(name) }, nil
}

// writable is left to the first file that is staged.
func writable(string) error { return nil }
