//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package tree

import (
	"errors"
	"os"
	"syscall"
)

// lock keeps other runs away from a directory until it is unlocked or the process ends. The lock is on the
// directory itself and leaves nothing behind. A file system that has no locks goes without.
func lock(dir string) (unlock func(), err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, Problems{unreadable(".", err)}
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		f.Close()
		return nil, Problems{held("Wait until it has finished, then run again.")}
	}
	return func() { f.Close() }, nil
}

// writable tells whether files can be made and removed in a directory.
func writable(dir string) error {
	const write, search = 2, 1
	return syscall.Access(dir, write|search)
}
