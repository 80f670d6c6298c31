package tree

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Options is how to write.
type Options struct {
	Overwrite bool                  // give up what was edited by hand in generated files
	Progress  func(done, total int) // called after each staged file, never twice at a time

	step func(op, path string) error // tests only: called before everything that changes the directory
}

// Write makes dir hold the tree besides the files that are not ours, and returns what it changed, in the order of
// Compare. The error is of type Problems. Another run that is writing to dir is not waited for.
func Write(dir string, t Tree, o Options) ([]Change, error) {
	if keeper := keeperOf(dir); keeper != "" {
		return nil, Problems{kept(keeper)}
	}
	made, err := makeRoot(dir)
	if err != nil {
		return nil, Problems{notFolder(reason(err))}
	}
	unlock, err := lock(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	p, err := survey(dir, t)
	if err == nil {
		p.settle(o.Overwrite)
		err = p.problem()
	}
	if err != nil || len(p.changes) == 0 {
		return nil, err
	}
	w := writer{plan: p, Options: o}
	if err := w.write(); err != nil {
		removeAll(made)
		return nil, err
	}
	return p.changes, nil
}

// makeRoot makes a directory and those above it, and returns the ones it made.
func makeRoot(dir string) (made []string, err error) {
	for parent := filepath.Clean(dir); ; parent = filepath.Dir(parent) {
		if _, err := os.Stat(parent); !errors.Is(err, fs.ErrNotExist) || parent == filepath.Dir(parent) {
			break
		}
		made = append(made, parent)
	}
	return made, os.MkdirAll(dir, 0o755)
}

// removeAll removes folders, those that are not empty excepted.
func removeAll(folders []string) {
	for _, folder := range folders {
		os.Remove(folder)
	}
}

// settle adds the problems of writing to those of comparing.
func (p *plan) settle(overwrite bool) {
	checked := map[string]bool{}
	for _, c := range p.changes {
		if c.Edited && !overwrite {
			p.problems = append(p.problems, edited(c))
		}
		folder := path.Dir(c.Path)
		for !p.folders[folder] && folder != "." {
			folder = path.Dir(folder)
		}
		if checked[folder] {
			continue
		}
		checked[folder] = true
		if err := writable(p.at(folder)); err != nil {
			p.problems = append(p.problems, unwritable(folder, err))
		}
	}
}

// A writer carries out a plan.
type writer struct {
	*plan
	Options
}

func (w *writer) write() error {
	if err := w.prepare(); err != nil {
		w.undo()
		return failure(err, "Nothing was changed. Solve that, then run again.")
	}
	if err := w.commit(); err != nil {
		return failure(err, "Only some of the files are written. Solve that, then run again: the run finishes the work.")
	}
	return nil
}

// failure names the file that an operation failed on.
func failure(err error, remedy string) error {
	var op *opError
	if !errors.As(err, &op) {
		return err
	}
	return Problems{failed(op.path, "File not written", op.cause, remedy)}
}

// prepare does all that may run out of space or permissions, and changes no file that anybody reads.
func (w *writer) prepare() error {
	if err := w.create(journalName, w.known.union(w.next).render()); err != nil {
		return err
	}
	if err := w.rename(journalName); err != nil {
		return err
	}
	if err := w.sweep(); err != nil {
		return err
	}
	if err := w.makeFolders(); err != nil {
		return err
	}
	return w.stage()
}

// sweep removes what a killed run had staged.
func (w *writer) sweep() error {
	if err := w.clear(temp(manifestName)); err != nil || !w.interrupted {
		return err
	}
	staged := slices.AppendSeq(slices.Collect(maps.Keys(w.known)), maps.Keys(folders(maps.Keys(w.known))))
	slices.Sort(staged)
	for _, p := range staged {
		if !w.folders[path.Dir(p)] {
			continue
		}
		if err := w.clear(temp(p)); err != nil {
			return err
		}
	}
	return nil
}

// unit returns what one rename puts in place together with p: the outermost folder above it that does not exist
// yet, or p alone.
func (w *writer) unit(p string) string {
	unit := p
	for folder := range parents(p) {
		if w.folders[folder] {
			break
		}
		unit = folder
	}
	return unit
}

// units returns what has to be renamed, the manifest aside.
func (w *writer) units() []string {
	var units []string
	for _, c := range w.written() {
		if c.Path != manifestName {
			units = append(units, w.unit(c.Path))
		}
	}
	slices.Sort(units)
	return slices.Compact(units)
}

// staged returns where p is before it is in place.
func (w *writer) staged(p string) string {
	unit := w.unit(p)
	return temp(unit) + p[len(unit):]
}

// target undoes staged.
func target(staged string) string {
	names := strings.Split(staged, "/")
	for i, name := range names {
		if reserved(name) {
			names[i] = strings.TrimSuffix(strings.TrimPrefix(name, tempPrefix), tempSuffix)
		}
	}
	return strings.Join(names, "/")
}

func (w *writer) makeFolders() error {
	for _, folder := range slices.Sorted(maps.Keys(folders(maps.Keys(w.next)))) {
		if w.folders[folder] {
			continue
		}
		if err := w.mkdir(w.staged(folder)); err != nil {
			return err
		}
	}
	return nil
}

// stage writes the new contents beside the files they will replace.
func (w *writer) stage() error {
	written := w.written()
	var mu sync.Mutex
	done := 0
	return parallel(len(written), func(i int) error {
		if err := w.create(written[i].Path, written[i].New); err != nil {
			return err
		}
		if w.Progress != nil {
			mu.Lock()
			defer mu.Unlock()
			done++
			w.Progress(done, len(written))
		}
		return nil
	})
}

// written returns the changes that write a file.
func (p *plan) written() []Change {
	return slices.DeleteFunc(slices.Clone(p.changes), func(c Change) bool { return c.Action == Deleted })
}

// undo takes back what prepare has done. Whatever it fails at, the journal of the next run will know.
func (w *writer) undo() {
	err := w.clear(temp(manifestName))
	for _, unit := range w.units() {
		err = errors.Join(err, w.clear(temp(unit)))
	}
	if err == nil && !w.interrupted {
		err = w.remove(journalName)
	}
	w.clear(temp(journalName))
}

// commit puts the staged files in place and removes the unwanted ones, the manifest after all others.
func (w *writer) commit() error {
	units := w.units()
	if err := parallel(len(units), func(i int) error { return w.rename(units[i]) }); err != nil {
		return err
	}
	if err := w.prune(); err != nil {
		return err
	}
	if slices.ContainsFunc(w.written(), func(c Change) bool { return c.Path == manifestName }) {
		if err := w.rename(manifestName); err != nil {
			return err
		}
	}
	return w.remove(journalName)
}

// prune removes unwanted files, then the folders that held files of ours and are empty now.
func (w *writer) prune() error {
	for _, c := range w.changes {
		if c.Action != Deleted || reserved(c.Path) {
			continue
		}
		if err := w.remove(c.Path); err != nil {
			return err
		}
	}
	wanted := folders(maps.Keys(w.next))
	for _, folder := range slices.Backward(slices.Sorted(maps.Keys(folders(maps.Keys(w.known))))) {
		if wanted[folder] || !w.folders[folder] {
			continue
		}
		if entries, err := os.ReadDir(w.at(folder)); err != nil || len(entries) > 0 {
			continue
		}
		if err := w.remove(folder); err != nil {
			return err
		}
	}
	return nil
}

// An opError is a change to the directory that failed.
type opError struct {
	path  string // what it was for: the file, not where it is staged
	cause error
}

func (e *opError) Error() string { return e.path + ": " + e.cause.Error() }
func (e *opError) Unwrap() error { return e.cause }

// do makes one change to the directory.
func (w *writer) do(op, p string, change func() error) error {
	var err error
	if w.step != nil {
		err = w.step(op, p)
	}
	if err == nil {
		err = change()
	}
	if err != nil {
		return &opError{target(p), err}
	}
	return nil
}

// create stages a file, in place of one that somebody has left there.
func (w *writer) create(p string, data []byte) error {
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	staged := w.staged(p)
	var f *os.File
	err := w.do("create", staged, func() (err error) {
		if f, err = os.OpenFile(w.at(staged), flags, 0o644); !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err = os.Remove(w.at(staged)); err == nil {
			f, err = os.OpenFile(w.at(staged), flags, 0o644)
		}
		return err
	})
	if err != nil {
		return err
	}
	defer f.Close()
	return w.do("write", staged, func() error {
		_, err := f.Write(data)
		return errors.Join(err, f.Close())
	})
}

// mkdir makes a folder, in place of one that somebody has left where it is staged.
func (w *writer) mkdir(p string) error {
	return w.do("mkdir", p, func() error {
		err := os.Mkdir(w.at(p), 0o755)
		if errors.Is(err, fs.ErrExist) && reserved(path.Base(p)) {
			err = errors.Join(os.RemoveAll(w.at(p)), os.Mkdir(w.at(p), 0o755))
		}
		return err
	})
}

// rename puts a staged file or folder in place.
func (w *writer) rename(p string) error {
	return w.do("rename", p, func() error { return os.Rename(w.at(temp(p)), w.at(p)) })
}

// remove removes a file or an empty folder; it may be gone already.
func (w *writer) remove(p string) error {
	return w.do("remove", p, func() error {
		if err := os.Remove(w.at(p)); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}

// clear removes what is staged, a file or a folder with all that is in it; it may be gone already.
func (w *writer) clear(p string) error {
	return w.do("clear", p, func() error { return os.RemoveAll(w.at(p)) })
}
