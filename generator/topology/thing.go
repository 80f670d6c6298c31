package topology

import (
	"slices"

	"github.com/postern-dev/postern/generator/policy"
)

// A Thing is a block that stands by itself: one resource in the storage stack of its place, which the work of runners uses
// and nothing else refers to. What is claimed of it, and who uses the key of its place, follows from what it is made as.
type Thing interface {
	Block
	Made() Made
}

// Made is a thing as AWS knows it and as Terraform has it.
type Made struct {
	Place
	What    string // "ECR repository"
	Service string // in its ARN: "ecr"
	Within  string // what comes before its name in its ARN: "repository/"
	Called  string // its name

	Kind      string // of resource: "aws_ecr_repository"
	Named     string // the argument that has its name
	Key       string // the path of the argument by which key it is encrypted, if there is one of ours: "encryption_configuration.kms_key"
	Otherwise string // what that argument is without keys of ours; empty: whatever it is
	Policy    string // the kind of resource that has its policy, in an argument of that name; empty: it takes none
	Of        string // the argument by which its policy says whose it is, by name or ARN

	Admits []Admission // in this order
	Gate   []string    // all that anybody may ask of it, and over TLS alone; empty: whether it answers in the clear is not its own to say
	Via    string      // the service that uses the key on behalf of those whom it admits: "sns"
}

// An Admission is whom of other accounts a thing lets in, and for what.
type Admission struct {
	Who     string // "runner.builder"
	Does    string // "runner.builder pulls image.app"
	ARN     string // a role's, or that of the root of an account: then all of it, as far as its own policies go
	May     string // what somebody of a whole account may do: "pull"
	Actions []string
	Key     []string // what it asks of the thing's key
}

// ARN of the thing.
func (m Made) ARN() string { return m.Place.ARN(m.Service, m.Within+m.Called) }

// Of are the things of one kind, by name.
func Of[T Thing](t *Topology) (out []T) {
	for _, thing := range t.Things {
		if of, ok := thing.(T); ok {
			out = append(out, of)
		}
	}
	return out
}

// A Borrower is of another account than a storage key, and uses it by what it does with things there.
type Borrower struct {
	Does       []string // "runner.builder notifies topic.builds"
	ARN        string
	Actions    []string
	Conditions []policy.Condition
}

// Borrowers are those of the storage key of a place, by the order of things and of whom each admits.
func (t *Topology) Borrowers(p Place) (out []Borrower) {
	for _, thing := range t.Things {
		m := thing.Made()
		if m.Place != p || !t.Encrypted {
			continue
		}
		for _, a := range m.Admits {
			if len(a.Key) == 0 {
				continue
			}
			b := Borrower{[]string{a.Does}, a.ARN, a.Key, []policy.Condition{p.ViaService(m.Via, p.Region)}}
			if i := slices.IndexFunc(out, b.asks); i >= 0 {
				out[i].Does = append(out[i].Does, a.Does)
			} else {
				out = append(out, b)
			}
		}
	}
	return out
}

// asks tells whether another asks for the same.
func (b Borrower) asks(other Borrower) bool {
	return b.ARN == other.ARN && slices.Equal(b.Actions, other.Actions) && slices.EqualFunc(b.Conditions, other.Conditions, policy.Condition.Equal)
}

// In is the part that the thing is in its stack.
func (m Made) In(t *Topology, what string) []Part {
	return []Part{{Place: m.Place, Layer: StorageLayer, What: what, Encrypted: t.Encrypted}}
}

// Made is the repository as CodeCommit knows it. Who else may use it, no policy of its own says.
func (r *Repository) Made() Made {
	return Made{
		Place: r.Place, What: "CodeCommit repository", Service: "codecommit", Called: r.Repo,
		Kind: "aws_codecommit_repository", Named: "repository_name", Key: "kms_key_id",
	}
}

// Made is the image as ECR knows it.
func (i *Image) Made() Made {
	m := Made{
		Place: i.Place, What: "ECR repository", Service: "ecr", Within: "repository/", Called: i.Repo,
		Kind: "aws_ecr_repository", Named: "name", Key: "encryption_configuration.kms_key", Policy: "aws_ecr_repository_policy", Of: "repository",
	}
	for _, a := range i.Readers {
		m.Admits = append(m.Admits, Admission{Who: a.Address(), Does: a.Address() + " reads " + i.Address(), ARN: a.Root(), May: "pull", Actions: PullActions})
	}
	admit := func(runners []*Runner, does string, actions []string) {
		for _, r := range runners {
			m.Admits = append(m.Admits, Admission{Who: r.Address(), Does: r.Address() + does + i.Address(), ARN: r.RoleARN(), Actions: actions})
		}
	}
	admit(i.Pullers, " pulls ", PullActions)
	admit(i.Pushers, " pushes ", PushActions)
	return m
}
