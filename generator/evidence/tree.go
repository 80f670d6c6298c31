package evidence

import (
	"bytes"
	"path"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"golang.org/x/sync/errgroup"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/tree"
)

// A Place is a line of a file.
type Place struct {
	File string // inside the tree, slash-separated
	Line int
}

func placeOf(r hcl.Range) Place { return Place{r.Filename, r.Start.Line} }

// A Site is where a stack works. The zero Site is unknown.
type Site struct {
	Partition aws.Partition
	Account   string // its ID
	Region    string // or what stands for none
}

// ARN is the ARN of something at this site.
func (s Site) ARN(service, resource string) string {
	return s.Partition.ARN(service, s.Region, s.Account, resource)
}

// Global is the ARN of something that is in no region.
func (s Site) Global(service, resource string) string {
	return s.Partition.ARN(service, "", s.Account, resource)
}

// A Layout says where the stack in a folder works.
type Layout map[string]Site

// A Tree is the Terraform of some stacks. Several goroutines may ask it.
type Tree struct {
	Stacks   map[string]*Stack // by their folder
	kinds    map[string][]*Resource
	more     map[string]kind // beside those of the table
	indexes  sync.Map        // by kind and argument, see index
	problems sync.Map        // a set of Problem
	missing  atomic.Bool     // a stack was asked for that is not here
}

// A Problem is something that cannot be read.
type Problem struct {
	At  Place
	Why string
}

// A Stack is one Terraform root module.
type Stack struct {
	Path      string
	Site      Site                 // zero: the layout has no such stack
	Providers []*Block             // of whom it asks
	Settings  []*Block             // of Terraform itself
	Backend   *Block               // where the stack keeps its state; nil: in its own folder
	States    map[string]*Block    // data sources that read other stacks
	Data      []*Block             // other data sources, but for those by which AWS is asked
	Resources map[string]*Resource // by address
	tree      *Tree
	outputs   map[string]*argument
	locals    map[string]*argument
	ours      map[string]bool // by path, the files that postern wrote
}

// A Resource is one resource block.
type Resource struct {
	*Block
	Stack    *Stack
	referred atomic.Bool // somebody asked for an argument that refers to it
}

// Kind is the type of the resource: "aws_vpc".
func (r *Resource) Kind() string { return r.Labels[0] }

// Name is the name that the resource has in its stack.
func (r *Resource) Name() string { return r.Labels[1] }

// Address is how others in its stack refer to the resource: "aws_vpc.ci".
func (r *Resource) Address() string { return strings.Join(r.Labels, ".") }

// Read parses files of Terraform. What it cannot read is among the problems. Kinds of resources are those of the table, and these.
func Read(layout Layout, files []tree.File, more ...Kind) *Tree {
	t := &Tree{Stacks: map[string]*Stack{}, kinds: map[string][]*Resource{}, more: made(more)}
	bodies := make([]*hclsyntax.Body, len(files))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range files {
		g.Go(func() error {
			body, diags := parse(f)
			for _, d := range diags {
				t.problem(*d.Subject, d.Summary+": "+d.Detail)
			}
			bodies[i] = body
			return nil
		})
	}
	_ = g.Wait() // no function above fails
	for i, f := range files {
		s := t.stack(path.Dir(f.Path), layout)
		s.ours[f.Path] = isOurs(f)
		s.add(bodies[i])
	}
	return t
}

// IsRead tells whether a file is part of the evidence.
func IsRead(f tree.File) bool { return path.Ext(f.Path) == ".tf" && !IsOverride(f.Path) }

// isOurs tells whether postern wrote a file, as its first line says.
func isOurs(f tree.File) bool { return bytes.HasPrefix(f.Data, []byte("# "+tree.Marker)) }

// IsOverride tells whether Terraform merges a file into others, by its name. Source: Terraform language, "Override Files".
func IsOverride(file string) bool {
	name := strings.TrimSuffix(path.Base(file), ".tf")
	return name == "override" || strings.HasSuffix(name, "_override")
}

// Problems are what could not be read so far, in no order.
func (t *Tree) Problems() (all []Problem) {
	for p := range t.problems.Range {
		all = append(all, p.(Problem))
	}
	return all
}

// IsWhole tells whether all stacks were there whose state was read so far.
func (t *Tree) IsWhole() bool { return !t.missing.Load() }

// Of are the resources of a kind, in the order of files and lines.
func (t *Tree) Of(kind string) []*Resource { return t.kinds[kind] }

// Kinds are the kinds of resources that are there, in no order.
func (t *Tree) Kinds() (kinds []string) {
	for kind := range t.kinds {
		kinds = append(kinds, kind)
	}
	return kinds
}

func (t *Tree) problem(at hcl.Range, why string) { t.problems.Store(Problem{placeOf(at), why}, nil) }

func (t *Tree) stack(dir string, layout Layout) *Stack {
	s := t.Stacks[dir]
	if s == nil {
		s = &Stack{tree: t, Path: dir, Site: layout[dir],
			Resources: map[string]*Resource{}, States: map[string]*Block{}, outputs: map[string]*argument{}, locals: map[string]*argument{}, ours: map[string]bool{}}
		t.Stacks[dir] = s
	}
	return s
}

// other is a stack that another one reads, nil if it is not here.
func (t *Tree) other(dir string) *Stack {
	s := t.Stacks[dir]
	if s == nil {
		t.missing.Store(true)
	}
	return s
}

// Of are the resources of a kind in the stack, in the order of files and lines.
func (s *Stack) Of(kind string) (out []*Resource) {
	for _, r := range s.tree.kinds[kind] {
		if r.Stack == s {
			out = append(out, r)
		}
	}
	return out
}

func (s *Stack) add(body *hclsyntax.Body) {
	for _, syntax := range body.Blocks {
		b := s.block(syntax)
		switch {
		case b.Type == "resource" && len(b.Labels) == 2:
			s.addResource(&Resource{Block: b, Stack: s})
		case b.Type == "data" && len(b.Labels) == 2 && b.Labels[0] == "terraform_remote_state":
			s.States[b.Labels[1]] = b
		case b.Type == "data" && len(b.Labels) == 2:
			s.addData(b)
		case b.Type == "output" && len(b.Labels) == 1 && b.Has("value"):
			s.outputs[b.Labels[0]] = b.argument("value")
		case b.Type == "terraform":
			s.Settings = append(s.Settings, b)
			if backend := b.Nested("backend"); backend != nil {
				s.Backend = backend
			}
		case b.Type == "provider":
			s.Providers = append(s.Providers, b)
		case b.Type == "module":
			b.problem("What a module makes is in other files.")
		case b.Type == "import" || b.Type == "moved" || b.Type == "removed":
			s.changeOwner(b)
		case b.Type == "locals":
			for i := range b.arguments {
				s.locals[b.arguments[i].Name] = &b.arguments[i]
			}
		case b.Type != "output" && b.Type != "variable":
			b.problem(strings.Join(append([]string{b.Type}, b.Labels...), " ") + " is a block whose meaning is not understood.")
		}
	}
}

// addData notes a data source that asks others than AWS. What a program answers, or does, is not written here.
func (s *Stack) addData(b *Block) {
	switch {
	case b.Labels[0] == "external" || b.Labels[0] == "aws_lambda_invocation":
		b.problem("data." + strings.Join(b.Labels, ".") + " runs a program, and what that does is not written here.")
	case !strings.HasPrefix(b.Labels[0], "aws_"):
		s.Data = append(s.Data, b)
	}
}

func (s *Stack) addResource(r *Resource) {
	address := r.Address()
	if s.Resources[address] != nil {
		r.problem(address + " is there twice.")
		return
	}
	s.Resources[address] = r
	s.tree.kinds[r.Kind()] = append(s.tree.kinds[r.Kind()], r)
	for _, meta := range []string{"count", "for_each", "provider", "region"} {
		if a := r.argument(meta); a != nil && s.tree.Matters(r.Kind()) {
			a.problem(address + " has " + meta + ", so whether, where or how often it is made is not written here.")
		}
	}
	if s.tree.Matters(r.Kind()) && !s.tree.IsKnown(r.Kind()) {
		r.problem(r.Kind() + " can open or close a way, and what it does here is not understood.")
	}
	for _, b := range r.blocks {
		if b.Type == "dynamic" && s.tree.Matters(r.Kind()) {
			b.problem(address + " has blocks that are not written out.")
		}
		if b.Type == "provisioner" {
			b.problem(address + " runs a program, and what that does is not written here.")
		}
		if ignored := b.argument("ignore_changes"); b.Type == "lifecycle" && ignored != nil && s.tree.Matters(r.Kind()) {
			ignored.problem(address + " has ignore_changes, so Terraform may leave it other than it is written here.")
		}
	}
}
