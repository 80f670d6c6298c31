package tree

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/postern-dev/postern/generator/guard"
)

// Compare returns what Write would change to make dir hold the tree, sorted by path, the manifest last; files
// edited by hand are among the changes, as Write could be told to overwrite them. It writes nothing. The error is
// of type Problems.
func Compare(dir string, t Tree) ([]Change, error) {
	if keeper := keeperOf(dir); keeper != "" {
		return nil, Problems{kept(keeper)}
	}
	p, err := survey(dir, t)
	if err == nil {
		err = p.problem()
	}
	if err != nil {
		return nil, err
	}
	return p.changes, nil
}

// A plan is what is between a directory and a tree.
type plan struct {
	dir         string
	tree        Tree
	next        record          // what is ours when the directory holds the tree
	known       record          // what is ours until then, by the manifest and the journal
	interrupted bool            // the last run did not finish: there is a journal
	folders     map[string]bool // those in which something of ours is, may be or will be; whether they exist
	changes     []Change        // sorted by path, the manifest last
	problems    Problems        // what is in the way
	buffers     sync.Pool
}

// survey compares dir with the tree, and collects what is in the way. The error is what keeps it from knowing.
// dir may be missing, and may be a symbolic link to a directory.
func survey(dir string, t Tree) (*plan, error) {
	p := &plan{dir: dir, tree: t, folders: map[string]bool{}}
	p.buffers.New = func() any { return new([]byte) }
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, Problems{notFolder(reason(err))}
	case !info.IsDir():
		return nil, Problems{notFolder("It is a file.")}
	default:
		p.folders["."] = true
	}
	steps := []func() error{p.hash, p.readRecords, p.lookAtFolders, p.lookAtFiles}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(p.changes, func(a, b Change) int {
		return cmp.Or(last(a.Path)-last(b.Path), strings.Compare(a.Path, b.Path))
	})
	return p, nil
}

// last puts what postern keeps for itself behind what people read.
func last(p string) int {
	if reserved(p) {
		return 1
	}
	return 0
}

// problem returns the problems as an error, if there are any.
func (p *plan) problem() error {
	if len(p.problems) == 0 {
		return nil
	}
	slices.SortFunc(p.problems, func(a, b Problem) int { return strings.Compare(a.Path, b.Path) })
	return p.problems
}

func (p *plan) hash() error {
	sums := make([]string, len(p.tree.files))
	err := parallel(len(sums), func(i int) error {
		sums[i] = digest(p.tree.files[i].Data)
		return nil
	})
	p.next = make(record, len(sums))
	for i, f := range p.tree.files {
		p.next[f.Path] = sums[i]
	}
	return err
}

// readRecords reads the manifest and what a killed run has left in the root.
func (p *plan) readRecords() error {
	manifest := p.next.render()
	old, err := p.readRecord(manifestName)
	if err != nil {
		return err
	}
	switch {
	case old == nil:
		p.known = record{}
		p.changes = append(p.changes, Change{Path: manifestName, Action: Created, New: manifest})
	case bytes.Equal(old, manifest): // the usual case, worth not parsing it
		p.known = p.next
	default:
		p.changes = append(p.changes, Change{Path: manifestName, Action: Changed, Old: old, New: manifest})
		if p.known, err = parse(manifestName, old); err != nil {
			return err
		}
	}
	return p.readRemains()
}

// readRemains reads the journal of a killed run. What that run has staged is named after what it was for.
func (p *plan) readRemains() error {
	for _, name := range []string{journalName, temp(journalName), temp(manifestName)} {
		data, err := p.readRecord(name)
		if err != nil {
			return err
		}
		if data == nil {
			continue
		}
		p.changes = append(p.changes, Change{Path: name, Action: Deleted, Old: data})
		if name != journalName {
			continue // may be incomplete
		}
		r, err := parse(name, data)
		if err != nil {
			return err
		}
		p.known, p.interrupted = p.known.union(r), true
	}
	return nil
}

// readRecord returns nil if there is no such file.
func (p *plan) readRecord(name string) ([]byte, error) {
	info, err := p.lstat(name)
	switch {
	case info == nil:
		return nil, err
	case isLink(info):
		return nil, Problems{linked(name)}
	case !info.Mode().IsRegular():
		return nil, Problems{notFile(name, info)}
	}
	return p.read(name)
}

// lookAtFolders finds out about every folder above a file that is or will be ours, parents before children.
func (p *plan) lookAtFolders() error {
	wanted := folders(maps.Keys(p.next))
	all := folders(maps.Keys(p.known))
	maps.Copy(all, wanted)
	for _, folder := range slices.Sorted(maps.Keys(all)) {
		info, err := p.lstat(folder)
		switch {
		case err != nil:
			return err
		case info == nil:
		case isLink(info):
			p.problems = append(p.problems, linked(folder))
		case !info.IsDir() && wanted[folder]:
			p.problems = append(p.problems, fileForFolder(folder))
		}
		p.folders[folder] = info != nil && info.IsDir()
	}
	return nil
}

// folders returns the folders above the given paths, without the root.
func folders(paths func(func(string) bool)) map[string]bool {
	found := map[string]bool{}
	for p := range paths {
		for folder := range parents(p) {
			if found[folder] {
				break // and so are those above it
			}
			found[folder] = true
		}
	}
	return found
}

// lookAtFiles compares the wanted files, and finds those that the tree no longer wants.
func (p *plan) lookAtFiles() error {
	files := slices.Clone(p.tree.files)
	for name := range p.known {
		if _, ok := p.next[name]; !ok {
			files = append(files, File{Path: name})
		}
	}
	findings := make([]finding, len(files))
	err := parallel(len(files), func(i int) (err error) {
		if i < len(p.tree.files) {
			findings[i], err = p.wanted(files[i])
		} else {
			findings[i], err = p.unwanted(files[i].Path)
		}
		return err
	})
	for _, f := range findings {
		if f.change != nil {
			p.changes = append(p.changes, *f.change)
		}
		if f.problem != nil {
			p.problems = append(p.problems, *f.problem)
		}
	}
	return err
}

// A finding is the change that a file needs, what is in its way, or neither.
type finding struct {
	change  *Change
	problem *Problem
}

// wanted looks at a file that the tree holds.
func (p *plan) wanted(f File) (finding, error) {
	info, err := p.lstat(f.Path)
	switch {
	case err != nil:
		return finding{}, err
	case info == nil:
		return finding{change: &Change{Path: f.Path, Action: Created, New: f.Data}}, nil
	case isLink(info):
		return inTheWay(linked(f.Path))
	case !info.Mode().IsRegular():
		return inTheWay(notFile(f.Path, info))
	}
	if info.Size() == int64(len(f.Data)) {
		if same, err := p.same(f); same || err != nil {
			return finding{}, err
		}
	}
	old, err := p.read(f.Path)
	_, listed := p.known[f.Path]
	switch {
	case err != nil:
		return finding{}, err
	case !marked(old):
		return inTheWay(foreign(f.Path))
	case !listed:
		return inTheWay(unlisted(f.Path))
	}
	return finding{change: &Change{f.Path, Changed, !p.known.knows(f.Path, old), old, f.Data}}, nil
}

func inTheWay(problem Problem) (finding, error) { return finding{problem: &problem}, nil }

// unwanted looks at a file that was ours and that the tree does not hold.
func (p *plan) unwanted(name string) (finding, error) {
	info, err := p.lstat(name)
	switch {
	case info == nil:
		return finding{}, err
	case isLink(info):
		return inTheWay(linked(name))
	case !info.Mode().IsRegular():
		return finding{}, nil
	}
	old, err := p.read(name)
	if err != nil || !marked(old) {
		return finding{}, err // without the header it is somebody else's now
	}
	return finding{change: &Change{Path: name, Action: Deleted, Edited: !p.known.knows(name, old), Old: old}}, nil
}

// lstat returns nil if there is no such file.
func (p *plan) lstat(name string) (fs.FileInfo, error) {
	if !p.folders[path.Dir(name)] {
		return nil, nil
	}
	info, err := os.Lstat(p.at(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, Problems{unreadable(name, err)}
	}
	return info, nil
}

func isLink(info fs.FileInfo) bool { return info.Mode()&fs.ModeSymlink != 0 }

// same tells whether a file, of the right size, holds what the tree wants, without keeping what it reads.
func (p *plan) same(f File) (bool, error) {
	r, err := os.Open(p.at(f.Path))
	if err != nil {
		return false, Problems{unreadable(f.Path, err)}
	}
	defer r.Close()
	buffer := p.buffers.Get().(*[]byte)
	defer p.buffers.Put(buffer)
	*buffer = slices.Grow((*buffer)[:0], len(f.Data))[:len(f.Data)]
	if _, err := io.ReadFull(r, *buffer); err != nil {
		return false, Problems{unreadable(f.Path, err)}
	}
	return bytes.Equal(*buffer, f.Data), nil
}

func (p *plan) read(name string) ([]byte, error) {
	data, err := guard.ReadFile(guard.Disk, p.at(name), guard.MaxRead)
	switch {
	case errors.Is(err, guard.ErrTooLarge):
		return nil, Problems{tooLarge(name)}
	case err != nil:
		return nil, Problems{unreadable(name, err)}
	}
	return data, nil
}

func (p *plan) at(name string) string {
	return p.dir + string(filepath.Separator) + filepath.FromSlash(name)
}

// parallel calls f for every index below n, neighbours (mostly files of one folder) one after the other, until
// a call fails.
func parallel(n int, f func(i int) error) error {
	const chunk = 16
	g, ctx := errgroup.WithContext(context.Background())
	g.SetLimit(runtime.GOMAXPROCS(0))
	for start := 0; start < n; start += chunk {
		g.Go(func() error {
			for i := start; i < min(start+chunk, n) && ctx.Err() == nil; i++ {
				if err := f(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}
