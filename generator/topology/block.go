package topology

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// A Block is a labelled block of the spec, as what it means. What is said of all blocks, whatever their kind, is said here
// once: where they put things, what is encrypted there, and what a stack holds are loops over Topology.Blocks.
type Block interface {
	Address() string   // "runner.builder"
	Header() hcl.Range // where it begins in the spec
	// Parts are what it puts into stacks of its topology. A block is wherever it has a part, and nowhere else.
	Parts(*Topology) []Part
}

// A Part is one thing that a block has in a stack.
type Part struct {
	Place
	Layer     Layer
	What      string // in a few words, as Markdown; empty: nothing to tell
	Encrypted bool   // with the storage key of the place
	LogGroup  string // ARN of a log group, for which CloudWatch uses that key
	Bucket    string // name of a bucket; pages tell of them last, by name
}

func blocks[B Block](list []B) []Block {
	out := make([]Block, len(list))
	for i, b := range list {
		out[i] = b
	}
	return out
}

// parts are what all blocks have in stacks.
func (t *Topology) parts() iter.Seq[Part] {
	return func(yield func(Part) bool) {
		for _, b := range t.Blocks() {
			for _, p := range b.Parts(t) {
				if !yield(p) {
					return
				}
			}
		}
	}
}

// Places are all places where the topology has something, by account and region.
func (t *Topology) Places() []Place {
	seen := map[Place]bool{}
	for p := range t.parts() {
		seen[p.Place] = true
	}
	return slices.SortedFunc(maps.Keys(seen), ComparePlaces)
}

// Contents says for each place what a layer holds there, in a few words each.
func (t *Topology) Contents(l Layer) map[Place][]string {
	out := map[Place][]string{}
	var told []Part
	for p := range t.parts() {
		if p.Layer == l && p.What != "" {
			told = append(told, p)
		}
	}
	slices.SortStableFunc(told, func(a, b Part) int { return cmp.Compare(a.Bucket, b.Bucket) })
	for _, p := range told {
		out[p.Place] = append(out[p.Place], p.What)
	}
	if l == StorageLayer {
		for p := range t.KeyUsers() {
			out[p] = append(out[p], "the key that encrypts what is stored here")
		}
	}
	return out
}

// KeyUsers are the places that have a storage key, each with the log groups of its runners that the key encrypts.
func (t *Topology) KeyUsers() map[Place][]string {
	users := map[Place][]string{}
	for p := range t.parts() {
		if !p.Encrypted {
			continue
		}
		groups := users[p.Place]
		if p.LogGroup != "" {
			groups = append(groups, p.LogGroup)
		}
		users[p.Place] = groups
	}
	return users
}

// The addresses of blocks, and where they begin.

// Address of the account in the spec.
func (a *Account) Address() string { return "account." + a.Name }

// Header is where its block begins.
func (a *Account) Header() hcl.Range { return a.Range }

// Address of the network in the spec.
func (n *Network) Address() string { return "network." + n.Name }

// Address of the endpoint, which is no block of its own.
func (e *Endpoint) Address() string { return e.Network.Address() + "." + string(e.Service) }

// Header is where its block begins.
func (n *Network) Header() hcl.Range { return n.Range }

// Address of the image in the spec.
func (i *Image) Address() string { return "image." + i.Name }

// Header is where its block begins.
func (i *Image) Header() hcl.Range { return i.Range }

// Address of the repository in the spec.
func (r *Repository) Address() string { return "repository." + r.Name }

// Header is where its block begins.
func (r *Repository) Header() hcl.Range { return r.Range }

// Address of the distribution in the spec.
func (d *Distribution) Address() string { return "distribution." + d.Name }

// Header is where its block begins.
func (d *Distribution) Header() hcl.Range { return d.Range }

// Address of the package index in the spec.
func (i *PackageIndex) Address() string { return "package_index." + i.Name }

// Header is where its block begins.
func (i *PackageIndex) Header() hcl.Range { return i.Range }

// Address of the replication in the spec.
func (r *Replication) Address() string { return "replication." + r.Name }

// Header is where its block begins.
func (r *Replication) Header() hcl.Range { return r.Range }

// Address of the issuer in the spec.
func (i *Issuer) Address() string { return "issuer." + i.Name }

// Header is where its block begins.
func (i *Issuer) Header() hcl.Range { return i.Range }

// Address of the runner in the spec.
func (r *Runner) Address() string { return "runner." + r.Name }

// Header is where its block begins.
func (r *Runner) Header() hcl.Range { return r.Range }

// Address of the role in the spec.
func (r *Role) Address() string { return "role." + r.Name }

// Header is where its block begins.
func (r *Role) Header() hcl.Range { return r.Range }
