package proof

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

// A Place is a line of an emitted file.
type Place = evidence.Place

// A Report is what came of a proof.
type Report struct {
	Claims   int       // how many were checked
	Access   Access    // what was found open; whole only without failures
	Failures []Failure // by file and line
}

// add takes in what came of another part of the proof.
func (r *Report) add(other Report) {
	r.Claims += other.Claims
	r.Access.add(other.Access)
	r.Failures = append(r.Failures, other.Failures...)
}

// arrange sorts the failures, and keeps one of those that say the same of the same place.
func (r *Report) arrange() {
	r.Access.sort()
	seen := map[Failure]bool{}
	r.Failures = slices.DeleteFunc(r.Failures, func(f Failure) bool {
		f.Spec = hcl.Range{}
		again := seen[f]
		seen[f] = true
		return again
	})
	slices.SortStableFunc(r.Failures, func(a, b Failure) int {
		return cmp.Or(strings.Compare(a.Emitted.File, b.Emitted.File), a.Emitted.Line-b.Emitted.Line)
	})
}

// A Failure is a claim that does not hold.
type Failure struct {
	Claim   Claim
	Why     string
	Emitted Place     // what decided; without a file: what is missing
	Spec    hcl.Range // the runner that it is about, or one of the network's; zero: none
	Unread  bool      // something that no claim knows or reads: in a tree that nobody has edited, a mistake of postern's
}

// A Claim is something that must hold, by the title of its failure.
type Claim string

// The claims.
const (
	Readable   Claim = "Terraform that cannot be read"      // nothing is hidden from the proof
	Placed     Claim = "Stack in another place"             // each stack works in its account and region
	Present    Claim = "Part of the spec missing"           // every project, repository, log and VPC is there
	Admitted   Claim = "Role closed to its project"         // CodeBuild gets in for this project
	Entered    Claim = "Role closed to its runner"          // every runner gets into its roles, on each of its ways
	Guarded    Claim = "Session good elsewhere"             // with a guard, sessions work in their place alone
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
	Versioned  Claim = "Bucket without versions"            // S3 replicates between buckets with versions alone
	Owned      Claim = "Objects of another owner"           // what arrives belongs to the bucket's account
	Blocked    Claim = "Bucket that could be public"        // no policy or ACL could open it by mistake
	Veiled     Claim = "Requests in the clear"              // what has a gate is asked over TLS alone
	Open       Claim = "Thing closed to its account"        // and its account is not locked out
	Secured    Claim = "Bucket without TLS"                 // nothing is asked in the clear
	Tidied     Claim = "Bucket with another lifecycle"      // old versions and parts go, and nothing else does
	Locked     Claim = "Bucket open to other writers"       // publishers write from their place, S3 as its role, nobody else
	Private    Claim = "Bucket open to other readers"       // its account reads, and whom the spec lets read
	Published  Claim = "Publisher without a way"            // publishers get through to the bucket and its key
	Installed  Claim = "Reader without a way"               // and so do readers
	Governed   Claim = "Bucket closed to its account"       // whoever administers it is not locked out
	Copied     Claim = "Replication that copies nothing"    // its rule, its role and both buckets let each step through
	Decrypted  Claim = "Key closed to its users"            // and so do both keys
	Confined   Claim = "Key open to strangers"              // for their bucket, through S3, and for nobody else
	Served     Claim = "Distribution that is another"       // CloudFront serves as the spec says
	Hardened   Claim = "Setting weaker than written"        // what is always set, is
	Heeded     Claim = "Terraform that no claim reads"      // what postern wrote is all about something
	Proxied    Claim = "Proxy that is another"              // and so does API Gateway
)

// Stacks are the folders whose files the proof of a tree reads.
func Stacks(t *topology.Topology) []string {
	var out []string
	for _, p := range t.Places() {
		for _, l := range topology.Layers {
			out = append(out, p.Stack(l))
		}
	}
	return out
}

// IsOverride tells whether Terraform merges a file into others, by its name. The proof does not read those.
func IsOverride(file string) bool { return evidence.IsOverride(file) }

// read reads the evidence of a unit.
func (u unit) read() *findings {
	places, layout := map[string]topology.Place{}, evidence.Layout{}
	for _, p := range u.topology.Places() {
		for _, l := range topology.Layers {
			places[p.Stack(l)] = p
			layout[p.Stack(l)] = evidence.Site{Partition: p.Account.Partition, Account: p.Account.ID, Region: p.Region}
		}
	}
	f := &findings{Tree: evidence.Read(layout, u.files, kindsOf(u.topology)...), places: places, things: map[string]topology.Thing{}, explains: u.explained}
	for _, t := range u.topology.Things {
		f.things[t.Made().ARN()] = t
	}
	return f
}

// A memo works each of its values out once, whoever asks for it first.
type memo[K comparable, V any] struct {
	mu   sync.Mutex
	done map[K]func() V
}

func (m *memo[K, V]) get(key K, work func() V) V {
	m.mu.Lock()
	value := m.done[key]
	if value == nil {
		if m.done == nil {
			m.done = map[K]func() V{}
		}
		value = sync.OnceValue(work)
		m.done[key] = value
	}
	m.mu.Unlock()
	return value()
}

func (m *memo[K, V]) all() []V {
	var out []V
	for _, value := range m.done {
		out = append(out, value())
	}
	return out
}

// prove goes through the claims about a unit, several at a time. It tells whether the unit had all stacks that it reads.
func (u unit) prove() (report Report, whole bool) {
	e := u.read()
	tasks := u.tasks()
	reports := make([]Report, len(tasks))
	sideBySide(len(tasks), func(i int) {
		p := &prover{findings: e, topology: u.topology}
		tasks[i].claim(p)
		reports[i] = p.report
	})
	for _, r := range reports {
		report.add(r)
	}
	report.add(e.read(u.files))
	report.add(e.heeded(len(report.Failures) > 0))
	return report, e.IsWhole()
}

// A task is a part of the proof of a unit, which may be gone through beside others.
type task struct {
	about any // the block of the spec; nil: the whole, or what no block is about
	claim func(*prover)
}

// each is a task for each of some blocks.
func each[B any](blocks []*B, claim func(*prover, *B)) (tasks []task) {
	for _, b := range blocks {
		tasks = append(tasks, task{b, func(p *prover) { claim(p, b) }})
	}
	return tasks
}

// things are the tasks about things.
func things(all []topology.Thing) (tasks []task) {
	for _, t := range all {
		tasks = append(tasks, task{t, func(p *prover) { p.thing(t) }})
	}
	return tasks
}

// tasks are the parts of the proof of a unit. There is one about each block.
func (u unit) tasks() (tasks []task) {
	t := u.topology
	for _, claim := range []func(*prover){
		(*prover).keys, (*prover).attachments, (*prover).unasked,
		(*prover).unaskedBuckets, (*prover).unaskedAPIs, (*prover).unaskedDistributions, (*prover).unaskedThings, (*prover).byID,
	} {
		tasks = append(tasks, task{nil, claim})
	}
	return slices.Concat(tasks,
		each(t.Accounts, (*prover).account), each(t.Networks, (*prover).network), things(t.Things),
		each(t.Issuers, (*prover).issuer), each(t.Runners, (*prover).runner), each(t.Roles, (*prover).role), each(t.Buckets, (*prover).bucket),
		each(t.Replications, (*prover).replication), each(t.Distributions, (*prover).distribution), each(t.PackageIndexes, (*prover).packageIndex))
}

// read reports whether all that was asked for could be read: files and policies.
func (e *findings) read(files []tree.File) Report {
	r := Report{Claims: len(files)}
	for _, policy := range e.policies.all() {
		if policy.policy != nil || policy.wrong != nil {
			r.Claims++
		}
	}
	for _, p := range e.Problems() {
		r.Failures = append(r.Failures, Failure{Claim: Readable, Why: p.Why, Emitted: p.At})
	}
	slices.SortFunc(r.Failures, func(a, b Failure) int { return strings.Compare(a.Why, b.Why) })
	return r
}

// Prove checks that the Terraform in files does what the topology asks for, and no more.
func Prove(t *topology.Topology, files []tree.File) Report {
	whole := all(t, files)
	return whole.proved(whole.units())
}

// Explained is what Prove finds open about a block and what hangs together with it, with what only explanations need: what
// comes through each door for what, and by which statements.
func Explained(t *topology.Topology, files []tree.File, about topology.Block) Access {
	whole := all(t, files)
	whole.explained = true
	units := slices.DeleteFunc(whole.units(), func(u unit) bool { return !slices.Contains(u.topology.Blocks(), about) })
	return whole.proved(units).Access
}

// all is the whole as one unit.
func all(t *topology.Topology, files []tree.File) unit {
	return unit{topology: t, files: slices.DeleteFunc(slices.Clone(files), func(f tree.File) bool { return !evidence.IsRead(f) })}
}

// proved is the report on some units of the whole, or on all of it if they read stacks that they do not have.
func (whole unit) proved(units []unit) Report {
	report, complete := proveAll(units)
	if !complete {
		report, _ = whole.prove()
	}
	report.arrange()
	return report
}

// proveAll proves units, several at a time, and tells whether all of them had the stacks that they read.
func proveAll(units []unit) (report Report, whole bool) {
	type proved struct {
		report Report
		whole  bool
	}
	all := make([]proved, len(units))
	sideBySide(len(units), func(i int) { all[i].report, all[i].whole = units[i].prove() })
	whole = true
	for _, p := range all {
		report.add(p.report)
		whole = whole && p.whole
	}
	return report, whole
}

// A prover goes through some of the claims.
type prover struct {
	*findings
	topology *topology.Topology
	report   Report
	blind    bool // a policy could not be read: whatever else fails may follow from that
}

// findings are the evidence, and what provers have found out so far, for each other.
type findings struct {
	*evidence.Tree
	places   map[string]topology.Place // of the stacks that the spec has
	things   map[string]topology.Thing // by ARN
	explains bool                      // see Explained
	policies memo[*evidence.Resource, compiled]
	homes    memo[*topology.Network, *home]
	outside  memo[string, []*policy.Policy] // see others
	nats     memo[*topology.Network, []gateway]
	vaults   memo[*topology.Bucket, *vault]
}

// A subject is what claims are about: a runner, or a network by one of its runners.
type subject struct {
	*prover
	spec hcl.Range
}

// holds counts a claim, and notes its failure. What says why it fails is only put together if it does.
func (s subject) holds(ok bool, c Claim, at Place, why string, args ...any) bool {
	s.report.Claims++
	if !ok && !s.blind {
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

// A compiled policy, nil if there is none, and what is wrong with it.
type compiled struct {
	policy *policy.Policy
	wrong  error
	lost   bool // there is one, and it cannot be read
}

// policyOf is the policy in an argument of a resource, nil if there is none or it is not to be understood. Then that is the
// failure, and what follows from it is none.
func (s subject) policyOf(kind policy.Kind, r *evidence.Resource, argument string) *policy.Policy {
	found := s.policies.get(r, func() compiled { return compile(kind, r, argument) })
	s.blind = s.blind || found.lost || found.wrong != nil
	if found.wrong != nil {
		why := r.Address() + ": " + found.wrong.Error() + "."
		s.report.Failures = append(s.report.Failures, Failure{Claim: Understood, Why: why, Emitted: r.At(argument), Spec: s.spec})
	}
	return found.policy
}

// compile reads the policy in an argument of a resource.
func compile(kind policy.Kind, r *evidence.Resource, argument string) compiled {
	d, found, err := r.Document(argument)
	if err != nil || !found {
		return compiled{wrong: err, lost: err == nil && r.Has(argument)}
	}
	p, err := policy.Compile(kind, r.Address(), d)
	if err != nil {
		return compiled{wrong: err}
	}
	return compiled{policy: p}
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
	anybody     = []*policy.Policy{anyIdentity, anyResource, anyTrust, anyKey}
)
