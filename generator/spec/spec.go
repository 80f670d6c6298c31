// Package spec reads what the user wrote: HCL in its native syntax or its JSON form, decoded into plain
// structs that keep the source range of everything a later phase can object to.
//
// What is here is well-formed (types, required arguments, references to blocks that exist) and not yet
// known to make sense: that is for package topology.
package spec

import "github.com/hashicorp/hcl/v2"

// A Spec is everything the user wrote, each kind of block sorted by name: their order in the files means nothing.
type Spec struct {
	Settings       Settings
	Accounts       []*Account
	Networks       []*Network
	Repositories   []*Repository
	Images         []*Image
	Topics         []*Topic
	Issuers        []*Issuer
	Runners        []*Runner
	Roles          []*Role
	Replications   []*Replication
	Distributions  []*Distribution
	PackageIndexes []*PackageIndex
	Unknown        []hcl.Range // arguments that could not be worked out, by a mistake that Load has reported elsewhere

	openings []opening // of all blocks
}

func (s *Spec) declare() *Kind {
	return &Kind{
		Inner: []*Kind{
			settings(&s.Settings, (*Settings).declare),
			labelled(&s.Accounts, (*Account).declare),
			labelled(&s.Networks, (*Network).declare),
			labelled(&s.Repositories, (*Repository).declare),
			labelled(&s.Images, (*Image).declare),
			labelled(&s.Topics, (*Topic).declare),
			labelled(&s.Issuers, (*Issuer).declare),
			labelled(&s.Runners, (*Runner).declare),
			labelled(&s.Roles, (*Role).declare),
			labelled(&s.Replications, (*Replication).declare),
			labelled(&s.Distributions, (*Distribution).declare),
			labelled(&s.PackageIndexes, (*PackageIndex).declare),
		},
	}
}

// uses are the arguments of a codebuild block by which builds use things of the spec that are declared beside those.
var uses = []func(*map[string]List[Target]) Parameter{notify}

// A Value is one argument and where it was written. What was not written has no Range, and holds its default where that is a
// constant.
type Value[T any] struct {
	V     T
	Range hcl.Range // the expression
}

// IsSet tells whether the argument was written, and not as null. What was written and not understood, which Load has
// reported, is set with a zero V.
func (v Value[T]) IsSet() bool { return v.Range.Filename != "" }

// Or returns the argument, or what it defaults to where that follows from something else.
func (v Value[T]) Or(def T) T {
	if v.IsSet() {
		return v.V
	}
	return def
}

// A List is a list argument. Elements keep their own ranges where the list is written out as [a, b, c];
// otherwise (a for expression, a reference to a local) each carries the range of the whole expression.
type List[T any] = Value[[]Value[T]]

// A Map is an argument of names and values, sorted by name.
type Map = Value[[]Pair]

// A Pair is one entry of a Map.
type Pair struct {
	Key   string
	Value Value[string]
}

// A Ref is a reference to another block: account.tooling, image.app.
type Ref = Value[Target]

// A Target names a block of the spec. The block exists and is of a kind that the argument takes.
type Target struct {
	Kind string // "account", "network", "repository", "image", "issuer", "runner", "role", "replication", "distribution", "package_index"
	Name string
}

func (t Target) String() string { return t.Kind + "." + t.Name }

// An opening is a header and, of a block inside another, the other's.
type opening struct{ inner, outer *Header }

// A Header is the opening line of a block.
type Header struct {
	Name   string    // the label; empty for postern
	Range  hcl.Range // the type and the label, not the body
	Flawed bool      // Load has reported a mistake in the block, or could not work it out, so what seems to be missing may be there
}

func (h *Header) opening() *Header { return h }
