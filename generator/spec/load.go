package spec

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"

	"github.com/postern-dev/postern/generator/guard"
)

// Load reads the spec at path: a file (*.hcl, *.hcl.json) or a folder of them, without its subfolders and hidden files.
// It returns the spec, the parsed files by name for printing diagnostics, and all mistakes at once, sorted by place.
// The spec and the files are never nil; with mistakes the spec holds what could be understood.
//
// Mistakes of syntax are reported alone: what such a file says besides is guesswork.
func Load(path string) (*Spec, map[string]*hcl.File, hcl.Diagnostics) {
	sources, diags := readSources(path)
	files, more := parse(sources)
	diags = append(diags, more...)
	if diags.HasErrors() {
		return &Spec{}, files, tidy(diags)
	}
	r := newReader(files)
	for _, s := range sources {
		r.readFile(s.name)
	}
	spec, more := decode(r, Folder(path))
	diags = append(r.diags, more...)
	if len(spec.Accounts) == 0 && !diags.HasErrors() {
		empty := noAccounts(path)
		empty.Subject = &hcl.Range{Filename: sources[0].name, Start: hcl.InitialPos, End: hcl.InitialPos}
		diags = append(diags, empty)
	}
	diags = tidy(diags)
	places := slices.Clone(spec.Unknown)
	for _, d := range diags {
		places = append(places, place(d))
	}
	markFlawed(spec.openings, places)
	return spec, files, diags
}

// markFlawed marks for each place of a mistake the block whose header is the last one above it, and the block around that one: the
// mistake may stand after an inner block. Where that is too cautious, a mistake waits for the next run.
func markFlawed(openings []opening, places []hcl.Range) {
	slices.SortFunc(openings, func(a, b opening) int { return compareStart(a.inner.Range, b.inner.Range) })
	for _, at := range places {
		i, _ := slices.BinarySearchFunc(openings, at, func(o opening, at hcl.Range) int {
			return cmp.Or(compareStart(o.inner.Range, at), -1) // the first one below
		})
		if i == 0 || openings[i-1].inner.Range.Filename != at.Filename {
			continue
		}
		above := openings[i-1]
		above.inner.Flawed = true
		if above.outer != nil {
			above.outer.Flawed = true
		}
	}
}

func compareStart(a, b hcl.Range) int {
	return cmp.Or(cmp.Compare(a.Filename, b.Filename), cmp.Compare(a.Start.Byte, b.Start.Byte))
}

// Folder is the folder of the spec at path, from which the paths in it start.
func Folder(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return path
	}
	return filepath.Dir(path)
}

// A source is one file of a spec, under the name that the user knows it by.
type source struct {
	name string
	text []byte
}

func readSources(path string) ([]source, hcl.Diagnostics) {
	path = cmp.Or(path, ".")
	names, diag := specFiles(path)
	if diag != nil {
		return nil, hcl.Diagnostics{diag}
	}
	root, err := os.OpenRoot(Folder(path))
	if err != nil {
		return nil, hcl.Diagnostics{unreadable(path, err)}
	}
	defer root.Close()
	var sources []source
	var diags hcl.Diagnostics
	left := maxSpec
	for _, name := range names {
		text, diag := readSource(root, name, &left)
		if diag != nil {
			diags = append(diags, diag)
			continue
		}
		sources = append(sources, source{filepath.ToSlash(name), text})
	}
	return sources, diags
}

// specFiles lists the files of the spec at path, sorted by name.
func specFiles(path string) ([]string, *hcl.Diagnostic) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, misplaced("No spec here", "There is no file or folder %q. Write the path of a spec, or start one with `postern init`.", path)
	case err != nil:
		return nil, unreadable(path, err)
	case !info.IsDir() && !isSpecName(path):
		return nil, misplaced("Not a spec", "The name of %q ends in neither .hcl nor .hcl.json. Write the path of a spec or of its folder.", path)
	case !info.IsDir():
		return []string{filepath.Clean(path)}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && isSpecName(e.Name()) && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, filepath.Join(path, e.Name()))
		}
	}
	if len(names) == 0 {
		return nil, noAccounts(path)
	}
	return names, nil
}

func isSpecName(name string) bool {
	return strings.HasSuffix(name, ".hcl") || isJSONName(name)
}

func isJSONName(name string) bool { return strings.HasSuffix(name, ".hcl.json") }

// readSource reads one file of the spec's folder, and takes its size off what is left for the whole spec. A link leads to no other
// folder: what a spec says is printed, to whoever reads what a check of it has to say.
func readSource(root *os.Root, name string, left *int) ([]byte, *hcl.Diagnostic) {
	text, err := guard.ReadFile(root, filepath.Base(name), min(maxFile, *left))
	switch {
	case err != nil && leadsOut(root, name):
		return nil, misplaced("Spec file linked from elsewhere", "%s is a link that leaves the folder of the spec. What a spec says is printed with its mistakes, "+
			"so postern reads none from elsewhere. Put the file itself here, or link to one of this folder by a relative path.", filepath.ToSlash(name))
	case errors.Is(err, guard.ErrTooLarge):
		return nil, misplaced("Spec file too large", "%s makes the spec larger than postern reads: %d MiB a file and %d MiB together. Write it shorter with locals and for expressions.",
			filepath.ToSlash(name), maxFile>>20, maxSpec>>20)
	case err != nil:
		return nil, unreadable(name, err)
	}
	*left -= len(text)
	return text, nil
}

// leadsOut tells whether a file that cannot be read below a folder is one outside of it.
func leadsOut(root *os.Root, name string) bool {
	link, err := root.Lstat(filepath.Base(name))
	if err != nil || link.Mode()&fs.ModeSymlink == 0 {
		return false
	}
	_, inside := root.Stat(filepath.Base(name))
	_, anywhere := os.Stat(name)
	return inside != nil && anywhere == nil
}

// parse parses all files side by side.
func parse(sources []source) (map[string]*hcl.File, hcl.Diagnostics) {
	parsed := make([]*hcl.File, len(sources))
	diags := make([]hcl.Diagnostics, len(sources))
	var wg sync.WaitGroup
	for i, s := range sources {
		wg.Go(func() { parsed[i], diags[i] = parseSource(s) })
	}
	wg.Wait()
	files := make(map[string]*hcl.File, len(sources))
	for i, s := range sources {
		files[s.name] = parsed[i]
	}
	return files, slices.Concat(diags...)
}

func parseSource(s source) (*hcl.File, hcl.Diagnostics) {
	bare := &hcl.File{Body: hcl.EmptyBody(), Bytes: s.text}
	if at := badUTF8(s.text); at >= 0 {
		return bare, hcl.Diagnostics{mistake(guard.RangeAt(s.name, s.text, at), "Text is not UTF-8",
			"%s holds a byte here that no UTF-8 text has. Write the file in UTF-8.", s.name)}
	}
	if refused := guard.Parsed(s.name, s.text); refused != nil {
		return bare, hcl.Diagnostics{refused}
	}
	if !isJSONName(s.name) {
		return hclsyntax.ParseConfig(s.text, s.name, hcl.InitialPos)
	}
	file, diags := json.Parse(s.text, s.name)
	if file == nil {
		return bare, diags
	}
	return file, diags
}

// badUTF8 is the place of the first byte that is not UTF-8, or -1.
func badUTF8(text []byte) int {
	if utf8.Valid(text) {
		return -1
	}
	at := 0
	for {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size <= 1 {
			return at
		}
		at += size
	}
}

func unreadable(path string, err error) *hcl.Diagnostic {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return misplaced("Unreadable spec", "Reading %s fails: %s. Make it readable, or write the path of another spec.", filepath.ToSlash(path), err)
}

func noAccounts(path string) *hcl.Diagnostic {
	where := filepath.ToSlash(path)
	if filepath.Clean(path) == "." {
		where = "this folder"
	}
	return misplaced("Empty spec", "There is no account in %s, so there is nothing to build in. Add an account block, or start from an example with `postern init`.", where)
}

// misplaced is a mistake that is at no place of any file.
func misplaced(summary, detail string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: guard.Sprintf(detail, args...)}
}

// mistake is a mistake at a place. The rules are: the summary has at most six words and no full stop; the detail says why in
// the user's own names, and its last sentence says what to write.
func mistake(at hcl.Range, summary, detail string, args ...any) *hcl.Diagnostic {
	diag := misplaced(summary, detail, args...)
	diag.Subject = &at
	return diag
}

// tidy sorts diagnostics by place and drops repetitions.
func tidy(diags hcl.Diagnostics) hcl.Diagnostics {
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int {
		at, bt := place(a), place(b)
		return cmp.Or(compareStart(at, bt),
			cmp.Compare(at.End.Byte, bt.End.Byte), cmp.Compare(a.Summary, b.Summary), cmp.Compare(a.Detail, b.Detail))
	})
	return slices.CompactFunc(diags, func(a, b *hcl.Diagnostic) bool {
		return place(a) == place(b) && a.Summary == b.Summary && a.Detail == b.Detail
	})
}

func place(d *hcl.Diagnostic) hcl.Range {
	if d.Subject == nil {
		return hcl.Range{}
	}
	return *d.Subject
}
