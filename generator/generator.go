package generator

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"golang.org/x/sync/errgroup"

	"github.com/postern-dev/postern/generator/explain"
	"github.com/postern-dev/postern/generator/resolve"
	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

// A Blueprint turns its part of the topology into Terraform files. Files of one path, from one blueprint or from
// several, are joined in the order in which they come.
type Blueprint interface {
	Name() string
	Emit(*topology.Topology) ([]tf.File, hcl.Diagnostics)
}

// A Request is what the generator is asked for.
type Request struct {
	Spec   string // a file or a folder
	Output string // the output folder; empty: the one that the spec names
}

// A Result is what a spec asks for.
type Result struct {
	Tree   tree.Tree
	Output string               // the output folder: the spec's output, below the spec's folder, unless the request names another
	Files  map[string]*hcl.File // the parsed spec, for printing the diagnostics if there are any
	source explain.Source
}

// Generate works out the tree that the spec at path (a file or a folder) asks for. It writes nothing.
// With mistakes in the diagnostics the Result has no Tree; warnings leave it whole.
func Generate(path string, blueprints []Blueprint) (*Result, hcl.Diagnostics) {
	return Request{Spec: path}.Generate(blueprints)
}

// Generate works out the tree, as the function of this name, and proves it. A tree that does not do what the spec asks
// for, or does more, is a mistake like one in the spec.
func (r Request) Generate(blueprints []Blueprint) (*Result, hcl.Diagnostics) {
	t, result, diags := r.Topology()
	if diags.HasErrors() {
		return result, diags
	}
	emitted, more := emit(t, blueprints)
	diags = append(diags, sorted(more)...)
	if more.HasErrors() {
		return result, diags
	}
	if len(diags) == 0 {
		result.Files = nil // a large spec takes a lot of memory, which rendering needs
	}
	files, readme := render(t, emitted)
	report, unproved := result.Prove(t, files)
	mustBeRead(report)
	if unproved.HasErrors() {
		_, result.Files, _ = spec.Load(r.Spec) // again, for excerpts
		return result, append(append(diags, unproved...), notProved)
	}
	result.source.Files = files
	result.Tree = tree.New(append(files, readme, AccessPage(report)))
	return result, diags
}

// Explain tells of what has an address in the spec or in the tree of a Result with one.
func (r *Result) Explain(address string) (*explain.Explanation, error) {
	return r.source.Explain(address)
}

// Addresses are those that Explain knows of the spec. They are there without a Tree.
func (r *Result) Addresses() []string { return r.source.Addresses() }

// Topology works out what the spec means. The Result is as Generate's, without a Tree.
func (r Request) Topology() (*topology.Topology, *Result, hcl.Diagnostics) {
	s, files, diags := spec.Load(r.Spec)
	t, more := resolve.Topology(s)
	result := &Result{Files: files, source: explain.Source{Topology: t}}
	diags = sorted(append(diags, news(more, diags, s.Unknown)...))
	if !diags.HasErrors() {
		result.Output = r.output(t.Output)
		result.source.Output = filepath.ToSlash(filepath.Clean(result.Output))
	}
	return t, result, diags
}

// news are the mistakes of what a spec means that do not come from mistakes in how it is written: what could not be read
// is as good as empty to Resolve, which then finds fault with it in the same place.
func news(more, reported hcl.Diagnostics, unknown []hcl.Range) hcl.Diagnostics {
	unknown = slices.Clone(unknown)
	for _, r := range reported {
		if r.Subject != nil {
			unknown = append(unknown, *r.Subject)
		}
	}
	return slices.DeleteFunc(more, func(d *hcl.Diagnostic) bool {
		return d.Subject == nil || d.Subject.Filename == "" || slices.ContainsFunc(unknown, d.Subject.Overlaps)
	})
}

// sorted puts diagnostics in the order of the lines they are about.
func sorted(diags hcl.Diagnostics) hcl.Diagnostics {
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int {
		if a.Subject == nil || b.Subject == nil {
			return 0
		}
		if c := strings.Compare(a.Subject.Filename, b.Subject.Filename); c != 0 {
			return c
		}
		return a.Subject.Start.Byte - b.Subject.Start.Byte
	})
	return diags
}

// emit runs the blueprints side by side and joins the files of one path.
func emit(t *topology.Topology, blueprints []Blueprint) ([]tf.File, hcl.Diagnostics) {
	type emitted struct {
		files []tf.File
		diags hcl.Diagnostics
	}
	results := make([]emitted, len(blueprints))
	var g errgroup.Group
	for i, b := range blueprints {
		g.Go(func() error {
			results[i].files, results[i].diags = b.Emit(t)
			return nil
		})
	}
	_ = g.Wait() // no function above fails
	var files []tf.File
	var diags hcl.Diagnostics
	at := map[string]int{}
	for _, r := range results {
		diags = append(diags, r.diags...)
		for _, f := range r.files {
			i, ok := at[f.Path]
			if !ok {
				at[f.Path] = len(files)
				files = append(files, f)
				continue
			}
			files[i].Blocks = slices.Concat(files[i].Blocks, f.Blocks)
		}
	}
	return files, diags
}

// Header is the first line of every generated file, without its comment mark.
const Header = tree.Marker

// pageHeader begins every page.
const pageHeader = "<!-- " + Header + " -->\n\n"

// The pages at the root of the tree.
const (
	readmePage = "README.md"
	accessPage = "ACCESS.md"
)

// render adds to the files of every stack what Terraform needs around them, and turns everything into bytes. The second
// result is the tree's README.
func render(t *topology.Topology, files []tf.File) ([]tree.File, tree.File) {
	stacks := stacksOf(files)
	locate(t, stacks)
	for _, dir := range sortedKeys(stacks) {
		files = append(files, stacks[dir].frame(t, stacks)...)
	}
	for _, s := range stacks {
		s.files = nil // only files has them from here, and lets go of each once it is rendered
	}
	out := make([]tree.File, len(files), len(files)+2)
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	const batch = 64 // files at a time: a goroutine costs little, and a file hardly more
	for from := 0; from < len(files); from += batch {
		g.Go(func() error {
			for i := from; i < min(from+batch, len(files)); i++ {
				out[i] = tree.File{Path: files[i].Path, Data: files[i].Bytes(Header)}
				files[i].Blocks = nil
			}
			return nil
		})
	}
	_ = g.Wait() // no function above fails
	return out, tree.File{Path: readmePage, Data: readme(t, stacks)}
}

// A stack is one Terraform root module: its place, its layer and its files.
type stack struct {
	path  string
	place topology.Place
	layer topology.Layer
	files []tf.File
}

// stacksOf groups files by their folders.
func stacksOf(files []tf.File) map[string]*stack {
	stacks := map[string]*stack{}
	for _, f := range files {
		dir := path.Dir(f.Path)
		s := stacks[dir]
		if s == nil {
			s = &stack{path: dir}
			stacks[dir] = s
		}
		s.files = append(s.files, f)
	}
	return stacks
}

// locate finds the place and the layer of each stack; a file elsewhere is a blueprint's bug.
func locate(t *topology.Topology, stacks map[string]*stack) {
	for _, p := range t.Places() {
		for _, l := range topology.Layers {
			if s := stacks[p.Stack(l)]; s != nil {
				s.place, s.layer = p, l
			}
		}
	}
	for dir, s := range stacks {
		if s.layer == "" {
			panic(fmt.Sprintf("generator: a blueprint wrote into %s, which is no stack", dir))
		}
	}
}

// output is the folder that the tree belongs in: the request's, or the one that the spec names, below the spec's folder.
func (r Request) output(named string) string {
	return cmp.Or(r.Output, filepath.Join(spec.Folder(r.Spec), filepath.FromSlash(named)))
}
