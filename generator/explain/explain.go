// Package explain tells of one thing, a role, a runner, an endpoint, what everything else knows about it: why it is there,
// who needs it, who gets in and by which statement, and where it is in the spec and in the output.
//
// It is made of answers to questions: to the report, who gets in and by what; to the evidence, what is in the output; to the
// topology, the rest. No text is taken apart for it.
package explain

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/proof"
	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

// An Explanation is what there is to say of one thing.
type Explanation struct {
	Address  string    `json:"address"`
	What     string    `json:"what"`
	Sections []Section `json:"sections"`
}

// A Section answers one question.
type Section struct {
	Title string `json:"title"`
	Facts []Fact `json:"facts"`
}

// A Fact is one line of an answer, and where it is written.
type Fact struct {
	Text string `json:"text"`
	At   *Place `json:"at,omitempty"`
}

// A Place is a line of the spec, or of a file of the tree.
type Place struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

// A Source is what explanations are drawn from.
type Source struct {
	Topology *topology.Topology
	Files    []tree.File
	Output   string // the folder of the tree, slash-separated: where places in it begin
}

// An UnknownError says that an address is of nothing.
type UnknownError struct{ Known []string }

func (*UnknownError) Error() string { return "nothing has this address" }

// An AmbiguousError says that an address is of several things, and which.
type AmbiguousError struct{ Addresses []string }

func (*AmbiguousError) Error() string { return "several things have this address" }

// Explain tells of what has an address: of the spec (role.deploy, network.ci, network.ci.sts), or Terraform's in the tree,
// with its stack before it where others are called the same.
func (s Source) Explain(address string) (*Explanation, error) {
	e := &explainer{Source: s}
	subjects := e.subjects()
	if subject := subjects[address]; subject != nil {
		return subject(), nil
	}
	found := e.named(address)
	switch {
	case len(found) == 0:
		return nil, &UnknownError{s.Addresses()}
	case len(found) > 1:
		var all []string
		for _, r := range found {
			all = append(all, r.Stack.Path+" "+r.Address())
		}
		return nil, &AmbiguousError{all}
	}
	return e.resource(found[0], subjects), nil
}

// Addresses are those of the spec, sorted.
func (s Source) Addresses() []string {
	return slices.Sorted(maps.Keys((&explainer{Source: s}).subjects()))
}

// An explainer puts one explanation together.
type explainer struct {
	Source
	access proof.Access // what the proof found open about the subject
}

// subjects are the addresses of the spec, and how each is explained.
func (e *explainer) subjects() map[string]func() *Explanation {
	out := map[string]func() *Explanation{}
	for _, b := range e.Topology.Blocks() {
		out[b.Address()] = func() *Explanation {
			e.access = proof.Explained(e.Topology, e.Files, b)
			return e.subject(b)
		}
	}
	for _, n := range e.Topology.Networks {
		for _, p := range n.Endpoints {
			out[p.Address()] = func() *Explanation {
				e.access = proof.Explained(e.Topology, e.Files, n)
				return e.endpoint(p)
			}
		}
	}
	return out
}

// subject explains a block of the spec.
func (e *explainer) subject(b topology.Block) *Explanation {
	switch b := b.(type) {
	case *topology.Account:
		return e.account(b)
	case *topology.Network:
		return e.network(b)
	case *topology.Issuer:
		return e.issuer(b)
	case *topology.Runner:
		return e.runner(b)
	case *topology.Role:
		return e.role(b)
	case *topology.Replication:
		return e.replication(b)
	case *topology.Distribution:
		return e.distribution(b)
	case *topology.PackageIndex:
		return e.packageIndex(b)
	case topology.Thing:
		return e.thing(b)
	}
	return e.anything(b)
}

// anything explains a block of which no more is known than of all of them.
func (e *explainer) anything(b topology.Block) *Explanation {
	var parts []string
	for _, p := range b.Parts(e.Topology) {
		what := strings.ReplaceAll(strings.TrimPrefix(p.What, b.Address()+": "), "`", "")
		parts = appendIf(parts, what != "", fmt.Sprintf("%s in %s of account.%s", what, p.Region, p.Account.Name))
	}
	x := &Explanation{Address: b.Address(), What: strings.Join(parts, "; ")}
	x.add("Who needs it", e.needs(b))
	x.add("Who gets in, and by which statement", e.admitted(x.Address))
	return e.places(x, e.in(fileOf(x.Address)), b)
}

// named are the resources that Terraform calls by an address, or of one stack if that is before it.
func (e *explainer) named(address string) (out []*evidence.Resource) {
	for _, f := range e.Files {
		for _, r := range resources([]tree.File{f}) {
			rest, ok := strings.CutSuffix(address, r.Address())
			if ok && (rest == "" || strings.TrimRight(rest, "/ ") == r.Stack.Path) {
				out = append(out, r)
			}
		}
	}
	slices.SortFunc(out, func(a, b *evidence.Resource) int { return strings.Compare(a.Start().File, b.Start().File) })
	return out
}

// resource explains a resource of the tree: what it was made for, or the reason above it.
func (e *explainer) resource(r *evidence.Resource, subjects map[string]func() *Explanation) *Explanation {
	if subject := subjects[e.subjectOf(r)]; subject != nil {
		return subject()
	}
	x := &Explanation{Address: r.Address(), What: "a resource of the stack " + r.Stack.Path}
	x.add("Why it is there", facts(e.above(r.Start())...))
	x.add("In the output", []Fact{{r.Address(), e.place(r.Start())}})
	return x
}

// places ends an explanation with where it is: the blocks of the spec, and of the output.
func (e *explainer) places(x *Explanation, inOutput []*evidence.Resource, inSpec ...topology.Block) *Explanation {
	var spec, output []Fact
	for _, b := range inSpec {
		spec = append(spec, Fact{b.Address(), headerOf(b)})
	}
	for _, r := range inOutput {
		output = append(output, Fact{r.Address(), e.place(r.Start())})
	}
	x.add("In the spec", spec)
	x.add("In the output", output)
	return x
}

// headerOf is where a block of the spec begins.
func headerOf(b topology.Block) *Place { return &Place{b.Header().Filename, b.Header().Start.Line} }

// add is a section more, unless it is empty.
func (x *Explanation) add(title string, facts []Fact) {
	if len(facts) > 0 {
		x.Sections = append(x.Sections, Section{title, facts})
	}
}

func facts(texts ...string) (out []Fact) {
	for _, text := range texts {
		out = append(out, Fact{Text: text})
	}
	return out
}
