package tree

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var third = treeOf(map[string]string{
	"ci/build/b.tf": "b",
	"ci/new/e.tf":   "e",
	"prod/x/d.tf":   "D",
})

var errKilled = errors.New("killed")

// killed returns options that stop a run dead before its n-th step, a file being written left half written.
func killed(t testing.TB, dir string, n int) Options {
	var steps atomic.Int64
	return Options{step: func(op, p string) error {
		switch at := int(steps.Add(1)) - 1; {
		case at < n:
			return nil
		case at == n && op == "write":
			put(t, dir, map[string]string{p: "# Code gen"})
		}
		return errKilled
	}}
}

// everyStep calls f with n = 0, 1, … until f reports that the run got by with n steps.
func everyStep(t *testing.T, f func(t *testing.T, n int) (finished bool)) {
	for n := range 1000 {
		if f(t, n) {
			require.Greater(t, n, 10, "steps")
			return
		}
	}
	t.Fatal("no end")
}

func TestKilledAnywhere(t *testing.T) {
	mine := content{"ci/network/mine.tf": "mine", "prod/mine.md": "mine", "ci/build/.postern.note": "mine"}
	everyStep(t, func(t *testing.T, n int) bool {
		finished := false
		for _, next := range []Tree{first, second, third} {
			dir := t.TempDir()
			put(t, dir, mine)
			write(t, dir, first)
			_, err := Write(dir, second, killed(t, dir, n))
			finished = err == nil

			_, err = Compare(dir, next)
			require.NoError(t, err)
			write(t, dir, next)
			require.Equal(t, mine.with(next), read(t, dir), "killed before step %d", n)
		}
		return finished
	})
}

func TestKilledTwice(t *testing.T) {
	everyStep(t, func(t *testing.T, n int) bool {
		finished := false
		for m := 0; m < 30; m += 5 {
			dir := t.TempDir()
			write(t, dir, first)
			_, err := Write(dir, second, killed(t, dir, n))
			finished = err == nil
			Write(dir, third, killed(t, dir, m+n%5))
			write(t, dir, first)
			require.Equal(t, content{}.with(first), read(t, dir), "killed before steps %d and %d", n, m+n%5)
		}
		return finished
	})
}

// TestFailsAnywhere: a step that fails leaves everything as it was, or says that the next run has to finish it.
func TestFailsAnywhere(t *testing.T) {
	undone, unfinished := 0, 0
	everyStep(t, func(t *testing.T, n int) bool {
		parent := t.TempDir()
		dir := filepath.Join(parent, "live")
		start := first
		if n%2 == 0 {
			start = New(nil)
			require.NoError(t, os.Mkdir(dir, 0o755))
		}
		write(t, dir, start)
		before := read(t, parent)
		_, err := Write(dir, second, failing(n))
		if err != nil {
			require.Contains(t, err.Error(), "The system says: no space left on device.")
			require.NotContains(t, err.Error(), tempPrefix)
			var found Problems
			require.ErrorAs(t, err, &found)
			if after := read(t, parent); assert.ObjectsAreEqual(before, after) {
				require.Contains(t, found[0].Detail, "Nothing was changed")
				undone++
			} else {
				require.Contains(t, found[0].Detail, "run again")
				unfinished++
			}
		}
		write(t, dir, second)
		require.Equal(t, content{}.with(second), read(t, dir), "step %d failed", n)
		return err == nil && n > 25
	})
	assert.Positive(t, undone)
	assert.Positive(t, unfinished)
}

// failing returns options with which the n-th step fails, as on a full disk.
func failing(n int) Options {
	var steps atomic.Int64
	return Options{step: func(op, p string) error {
		if int(steps.Add(1))-1 == n {
			return &os.PathError{Op: op, Path: p, Err: syscall.ENOSPC}
		}
		return nil
	}}
}

func TestKilledThenFails(t *testing.T) {
	everyStep(t, func(t *testing.T, n int) bool {
		finished := false
		for m := 0; m < 24; m += 5 {
			dir := t.TempDir()
			write(t, dir, first)
			_, err := Write(dir, second, killed(t, dir, n))
			finished = err == nil
			Write(dir, third, failing(m))
			write(t, dir, first)
			require.Equal(t, content{}.with(first), read(t, dir), "killed before step %d, failed at %d", n, m)
		}
		return finished
	})
}

func TestFailureRemovesNewFolder(t *testing.T) {
	parent := t.TempDir()
	_, err := Write(filepath.Join(parent, "a/b"), first, Options{step: func(op, p string) error {
		if op == "write" && p != temp(journalName) {
			return syscall.ENOSPC
		}
		return nil
	}})
	require.Error(t, err)
	assert.Empty(t, read(t, parent))
}

// TestRandomRuns plays users, spec changes and kills against a simple model: after a run that succeeds the
// directory holds the tree and what the users have put there, and nothing else.
func TestRandomRuns(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 0))
		dir, mine := t.TempDir(), content{}
		for range 40 {
			next := randomTree(r)
			switch r.IntN(5) {
			case 0:
				p := fmt.Sprintf("%c/%c/mine-%d", 'a'+r.IntN(3), 'a'+r.IntN(3), r.IntN(3))
				mine[p] = fmt.Sprint(r.Int())
				put(t, dir, map[string]string{p: mine[p]})
			case 1, 2:
				Write(dir, next, killed(t, dir, r.IntN(60)))
			case 3:
				write(t, dir, next)
				require.Equal(t, mine.with(next), read(t, dir), "seed %d", seed)
			case 4:
				playEdit(t, r, dir, next, mine)
			}
		}
	}
}

// playEdit changes a generated file by hand.
func playEdit(t *testing.T, r *rand.Rand, dir string, next Tree, mine content) {
	write(t, dir, next)
	if len(next.Files()) == 0 {
		return
	}
	p := next.Files()[r.IntN(len(next.Files()))].Path
	put(t, dir, map[string]string{p: "# " + Marker + "\nby hand"})
	before := read(t, dir)
	other := randomTree(r)
	_, err := Write(dir, other, Options{})
	require.Contains(t, problems(t, err), p)
	require.Equal(t, before, read(t, dir))
	_, err = Write(dir, other, Options{Overwrite: true})
	require.NoError(t, err)
	require.Equal(t, mine.with(other), read(t, dir))
}

func randomTree(r *rand.Rand) Tree {
	texts := map[string]string{}
	for range r.IntN(12) {
		p := fmt.Sprintf("%c/%c/%c.tf", 'a'+r.IntN(3), 'a'+r.IntN(3), 'a'+r.IntN(3))
		texts[p[r.IntN(2)*2:]] = fmt.Sprint(r.IntN(3))
	}
	return treeOf(texts)
}

func TestTwoRuns(t *testing.T) {
	for range 20 {
		dir := filepath.Join(t.TempDir(), "live")
		trees := []Tree{first, second}
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, tree := range trees {
			wg.Go(func() { _, errs[i] = Write(dir, tree, Options{}) })
		}
		wg.Wait()
		won := slices.Index(errs, nil)
		require.GreaterOrEqual(t, won, 0)
		after := read(t, dir)
		if lost := errs[1-won]; lost == nil {
			require.Contains(t, []content{content{}.with(first), content{}.with(second)}, after)
		} else {
			require.Equal(t, map[string]string{".": "Another run at work"}, problems(t, lost))
			require.Equal(t, content{}.with(trees[won]), after)
		}
	}
}

func TestSecondRunIsRefused(t *testing.T) {
	dir := t.TempDir()
	var during atomic.Pointer[error]
	_, err := Write(dir, first, Options{step: func(string, string) error {
		if during.Load() == nil {
			_, err := Write(dir, second, Options{Overwrite: true})
			during.Store(&err)
		}
		return nil
	}})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{".": "Another run at work"}, problems(t, *during.Load()))
	assert.Equal(t, content{}.with(first), read(t, dir))
}

// TestKilledProcess kills a real process, which runs this test again with a directory to write to.
func TestKilledProcess(t *testing.T) {
	const variable = "POSTERN_TEST_KILLED"
	large, small := synthetic(), treeOf(map[string]string{"a.tf": "a"})
	if dir := os.Getenv(variable); dir != "" {
		Write(dir, large, Options{})
		return
	}
	dir := t.TempDir()
	mine := content{"account-001/eu-central-1/network/mine.tf": "mine"}
	put(t, dir, mine)
	for i := range 5 {
		child := exec.Command(os.Args[0], "-test.run=^TestKilledProcess$")
		child.Env = append(os.Environ(), variable+"="+dir)
		require.NoError(t, child.Start())
		require.Eventually(t, func() bool {
			_, err := os.Lstat(filepath.Join(dir, journalName))
			return err == nil
		}, time.Minute, time.Millisecond, "the run begins to write")
		time.Sleep(time.Duration(30*i) * time.Millisecond)
		child.Process.Kill()
		child.Wait()
	}
	write(t, dir, small)
	assert.Equal(t, mine.with(small), read(t, dir))
}
