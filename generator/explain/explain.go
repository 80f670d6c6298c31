// Package explain tells of one thing, a role, a runner, an endpoint, what everything else knows about it: why it is there,
// who needs it, who gets in and by which statement, and where it is in the spec and in the output.
//
// Who gets in is what the proof found in the emitted policies. The rest is the topology's.
package explain

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

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
	Access   proof.Access
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
	e := &explainer{Source: s, address: address, headers: headers(s.Topology)}
	for _, f := range s.Files {
		e.blocks = append(e.blocks, s.blocksOf(f)...)
	}
	slices.SortFunc(e.blocks, func(a, b block) int { return cmp.Or(cmp.Compare(a.at.File, b.at.File), a.at.Line-b.at.Line) })
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
		for _, b := range found {
			all = append(all, b.stack+" "+b.address())
		}
		return nil, &AmbiguousError{all}
	}
	return e.block(found[0], subjects), nil
}

// Addresses are those of the spec, sorted.
func (s Source) Addresses() []string {
	return slices.Sorted(maps.Keys((&explainer{Source: s}).subjects()))
}

// An explainer puts one explanation together.
type explainer struct {
	Source
	address string
	headers map[string]hcl.Range // of the spec's blocks, by address
	blocks  []block
}

// headers are where the blocks of a spec begin, by address.
func headers(t *topology.Topology) map[string]hcl.Range {
	out := map[string]hcl.Range{}
	for _, b := range t.Blocks() {
		out[b.Address()] = b.Header()
	}
	return out
}

// subjects are the addresses of the spec, and how each is explained.
func (e *explainer) subjects() map[string]func() *Explanation {
	out := map[string]func() *Explanation{}
	for _, b := range e.Topology.Blocks() {
		out[b.Address()] = func() *Explanation { return e.subject(b) }
	}
	for _, n := range e.Topology.Networks {
		for _, p := range n.Endpoints {
			out[endpointAddress(p)] = func() *Explanation { return e.endpoint(p) }
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
	case *topology.Image:
		return e.image(b)
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
	x.add("Who needs it", e.workWith(x.Address))
	return e.places(x, inFile(x.Address), x.Address)
}

func endpointAddress(e *topology.Endpoint) string {
	return "network." + e.Network.Name + "." + string(e.Service)
}

// named are the resources that Terraform calls by an address, or of one stack if that is before it.
func (e *explainer) named(address string) (out []block) {
	for _, b := range e.blocks {
		rest, ok := strings.CutSuffix(address, b.address())
		if ok && (rest == "" || strings.TrimRight(rest, "/ ") == b.stack) {
			out = append(out, b)
		}
	}
	return out
}

// block explains a resource of the tree: what it was made for, or the reason above it.
func (e *explainer) block(b block, subjects map[string]func() *Explanation) *Explanation {
	if subject := subjects[e.subjectOf(b)]; subject != nil {
		return subject()
	}
	out := &Explanation{Address: b.address(), What: "a resource of the stack " + b.stack}
	out.add("Why it is there", facts(b.reason...))
	out.add("In the output", []Fact{{b.address(), &b.at}})
	return out
}

// places ends an explanation with where it is: the blocks of the spec, and of the output.
func (e *explainer) places(x *Explanation, inOutput func(block) bool, inSpec ...string) *Explanation {
	x.add("In the spec", e.inSpec(inSpec...))
	var out []Fact
	for _, b := range e.blocks {
		if inOutput(b) {
			out = append(out, Fact{b.address(), &b.at})
		}
	}
	x.add("In the output", out)
	return x
}

// inSpec is where blocks of the spec begin.
func (e *explainer) inSpec(addresses ...string) (out []Fact) {
	for _, a := range addresses {
		if r, ok := e.headers[a]; ok {
			out = append(out, Fact{a, &Place{r.Filename, r.Start.Line}})
		}
	}
	return out
}

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
