package proof

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

// A Report is what came of a proof.
type Report struct {
	Claims   int // how many were checked
	Failures []Failure
}

// A Failure is a claim that does not hold.
type Failure struct {
	Claim   Claim
	Why     string
	Emitted Place     // what decided; without a file: what is missing
	Spec    hcl.Range // the runner that it is about, or one of the network's; zero: none
}

// A Claim is something that must hold, by the title of its failure.
type Claim string

// The claims.
const (
	Readable   Claim = "Terraform that cannot be read"      // nothing is hidden from the proof
	Placed     Claim = "Stack in another place"             // each stack works in its account and region
	Present    Claim = "Part of the spec missing"           // every project, repository, log and VPC is there
	Admitted   Claim = "Role closed to its project"         // CodeBuild gets in for this project
	Trusted    Claim = "Role open to strangers"             // and for nobody else
	Permitted  Claim = "Work without permission"            // every party on the way allows what the work asks
	Limited    Claim = "More allowed than asked"            // and nothing beyond that
	Connected  Claim = "Work without a path"                // endpoint or route, private DNS, groups
	Closed     Claim = "Endpoint open to strangers"         // an endpoint admits those who work through it
	Fenced     Claim = "Security group too open"            // groups admit their peers on port 443
	Sealed     Claim = "Way out of a sealed network"        // no way out without NAT
	Encrypted  Claim = "Data without its key"               // what is stored is encrypted with the stack's key
	Understood Claim = "Policy that AWS refuses"            // every policy is one
	Existing   Claim = "Project outside its network"        // projects are in the VPC and subnets of their network
	Observed   Claim = "Network without its flow log"       // flow logs are kept where the spec has them
	Regional   Claim = "Build that asks another region"     // a sealed build asks the regional STS
	Separate   Claim = "Security group of several projects" // what one may reach is not lent to another
)

// Prove checks that the Terraform in files does what the topology asks for, and no more.
func Prove(t *topology.Topology, files []tree.File) Report {
	p := &prover{topology: t, emitted: read(t, files), policies: map[*resource]*policy.Policy{}, homes: map[*topology.Network]*home{}, outside: map[*topology.Account][]*policy.Policy{}}
	p.placed()
	for _, n := range t.Networks {
		p.network(n)
	}
	for _, r := range t.CodeBuilds() {
		p.runner(r)
	}
	p.storage()
	for _, b := range p.problems {
		p.report.Failures = append(p.report.Failures, Failure{Claim: Readable, Why: b.why, Emitted: b.at})
	}
	p.report.Claims += len(files)
	slices.SortStableFunc(p.report.Failures, func(a, b Failure) int {
		return cmp.Or(strings.Compare(a.Emitted.File, b.Emitted.File), a.Emitted.Line-b.Emitted.Line)
	})
	return p.report
}

// A prover goes through the claims.
type prover struct {
	*emitted
	topology *topology.Topology
	policies map[*resource]*policy.Policy
	homes    map[*topology.Network]*home
	keys     map[string]*resource                   // by stack, see keyIn
	outside  map[*topology.Account][]*policy.Policy // see others
	users    map[string]int                         // of security groups: how many projects
	report   Report
}

// A subject is what claims are about: a runner, or a network by one of its runners.
type subject struct {
	*prover
	spec hcl.Range
}

// holds counts a claim, and notes its failure. What says why it fails is only put together if it does.
func (s subject) holds(ok bool, c Claim, at Place, why string, args ...any) bool {
	s.report.Claims++
	if !ok {
		s.report.Failures = append(s.report.Failures, Failure{Claim: c, Why: fmt.Sprintf(why, args...), Emitted: at, Spec: s.spec})
	}
	return ok
}

// about is the network as a subject.
func (p *prover) about(n *topology.Network) subject {
	if len(n.Runners) == 0 {
		return subject{p, hcl.Range{}}
	}
	return subject{p, n.Runners[0].Range}
}

// placed checks that the provider of each stack works where the stack belongs.
func (p *prover) placed() {
	for _, s := range p.stacks {
		if s.place.Account == nil {
			continue
		}
		about := subject{p, hcl.Range{}}
		about.state(s)
		if !about.holds(len(s.providers) == 1, Placed, Place{File: s.path}, "%s has %d provider blocks in place of one.", s.path, len(s.providers)) {
			continue
		}
		body := s.providers[0].Body
		region, accounts := asText(s.read(body, "region")), asTexts(s.read(body, "allowed_account_ids"))
		about.holds(region == s.place.Region, Placed, placeOf(s.providers[0].TypeRange), "%s belongs in %s, and its provider works in %q.", s.path, s.place.Region, region)
		about.holds(slices.Equal(accounts, []string{s.place.Account.ID}), Placed, placeOf(s.providers[0].TypeRange),
			"%s belongs in the account %s, and its provider takes %s.", s.path, s.place.Account.ID, strings.Join(accounts, ", "))
	}
}

// state checks that a stack keeps its state where the spec says, and reads that of others where they keep it.
func (s subject) state(of *stack) {
	if want := s.topology.State; want != nil {
		bucket, key := "", ""
		if of.backend != nil {
			bucket, key = asText(of.read(of.backend, "bucket")), asText(of.read(of.backend, "key"))
		}
		s.holds(bucket == want.Bucket && strings.HasSuffix(key, "/"+of.path+"/terraform.tfstate"), Placed, Place{File: of.path},
			"The state of %s belongs into the bucket %s, under a key of its own, and is %q in %q.", of.path, want.Bucket, key, bucket)
	}
	for name, data := range of.states {
		dir, err := of.reads(data)
		other := s.stacks[dir]
		if err != nil || other == nil {
			continue // reported where it is needed
		}
		config := of.read(data.Body, "config")
		at, backend := placeOf(data.TypeRange), asText(of.read(data.Body, "backend"))
		if other.backend == nil {
			s.holds(backend == "local", Placed, at, "%s reads %s as %q, which keeps its state in its own folder.", of.path, name, backend)
			continue
		}
		s.holds(backend == "s3", Placed, at, "%s reads %s as %q, which keeps its state in S3.", of.path, name, backend)
		for _, argument := range []string{"bucket", "key", "region"} {
			here, _ := within(config, []string{argument})
			there := asText(other.read(other.backend, argument))
			s.holds(asText(here) == there, Placed, at, "%s reads the %s %q, and %s has its state in %q.", of.path, argument, asText(here), dir, there)
		}
	}
}

// policyOf is the policy in an argument of a resource, nil if there is none or it is not to be understood.
func (s subject) policyOf(kind policy.Kind, r *resource, argument string) *policy.Policy {
	if done, known := s.policies[r]; known {
		return done
	}
	s.policies[r] = nil
	source := r.text(argument)
	if source == "" {
		return nil
	}
	d, err := policy.Parse(source)
	if err == nil {
		d = d.Map(func(t policy.Text) policy.Text { return text(t.String()) })
		var p *policy.Policy
		if p, err = policy.Compile(kind, strings.Join(r.Labels, "."), d); err == nil {
			s.policies[r] = p
		}
	}
	s.holds(err == nil, Understood, r.at(argument), "%s: %v.", strings.Join(r.Labels, "."), err)
	return s.policies[r]
}

// anything is a policy that allows everything to somebody.
func anything(kind policy.Kind, to policy.Principal) *policy.Policy {
	s := policy.Statement{Effect: policy.Allow, Principal: to, Actions: []string{"*"}}
	if kind != policy.Trust {
		s.Resources = policy.Literals("*")
	}
	p, err := policy.Compile(kind, "somebody else", policy.Document{Statements: []policy.Statement{s}})
	if err != nil {
		panic(err) // it does not depend on a tree
	}
	return p
}

// Those who allow everything to everyone, so that one policy beside them decides.
var (
	anyIdentity = anything(policy.Identity, policy.Principal{})
	anyResource = anything(policy.Resource, policy.Anyone)
	anyTrust    = anything(policy.Trust, policy.Anyone)
	anyKey      = anything(policy.Key, policy.Anyone)
)
