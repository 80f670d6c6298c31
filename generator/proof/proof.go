package proof

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

// A Place is a line of an emitted file.
type Place = evidence.Place

// A Report is what came of a proof. What is in it beside failures is kept in a Cache, as JSON, and must not depend on the
// lines of the spec.
type Report struct {
	Claims   int       // how many were checked
	Access   Access    // what was found open; whole only without failures
	Failures []Failure `json:"-"` // by file and line
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
	f := &findings{Tree: evidence.Read(layout, u.files, kindsOf(u.topology)...), places: places, things: map[string]topology.Thing{}}
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
		(*prover).unaskedBuckets, (*prover).unaskedAPIs, (*prover).unaskedDistributions, (*prover).unaskedThings,
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
func Prove(t *topology.Topology, files []tree.File) Report { return Cache("").Prove(t, files) }

// Prove checks what Prove does, and leaves out units that are as they were when they were proved before.
func (c Cache) Prove(t *topology.Topology, files []tree.File) Report {
	whole := unit{t, slices.DeleteFunc(slices.Clone(files), func(f tree.File) bool { return !evidence.IsRead(f) })}
	report, complete := c.prove(whole.units())
	if !complete {
		report, _ = whole.prove()
	}
	report.arrange()
	return report
}

// A proved unit.
type proved struct {
	key    string
	known  bool // from the cache
	report Report
	whole  bool // the unit had all stacks that it reads
}

// prove proves units, and tells whether all of them had the stacks that they read.
func (c Cache) prove(units []unit) (report Report, whole bool) {
	m := c.open()
	all := make([]proved, len(units))
	sideBySide(len(units), func(i int) {
		p := &all[i]
		p.key = m.key(units[i])
		p.report, p.known = m.find(p.key)
		if p.whole = p.known; !p.known {
			p.report, p.whole = units[i].prove()
		}
	})
	c.save(m, all)
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
}

// findings are the evidence, and what provers have found out so far, for each other.
type findings struct {
	*evidence.Tree
	places   map[string]topology.Place // of the stacks that the spec has
	things   map[string]topology.Thing // by ARN
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

// account checks that what is in the account's folder works in it.
func (p *prover) account(a *topology.Account) {
	for _, s := range p.Stacks {
		place, known := p.places[s.Path]
		if !known || place.Account != a {
			continue
		}
		about := subject{p, hcl.Range{}}
		about.state(s)
		about.plainState(s)
		if !about.holds(len(s.Providers) == 1, Placed, Place{File: s.Path}, "%s has %d provider blocks in place of one.", s.Path, len(s.Providers)) {
			continue
		}
		about.provided(s, place)
	}
}

// provided checks that the provider of a stack works in its place, in the role that the account has for it, and asks AWS.
func (s subject) provided(of *evidence.Stack, place topology.Place) {
	provider := of.Providers[0]
	region, accounts, at := provider.Text("region"), provider.Texts("allowed_account_ids"), provider.Start()
	s.holds(region == place.Home(), Placed, at, "%s belongs in %s, and its provider works in %q.", of.Path, place.Home(), region)
	s.holds(slices.Equal(accounts, []string{place.Account.ID}), Placed, at,
		"%s belongs in the account %s, and its provider takes %s.", of.Path, place.Account.ID, strings.Join(accounts, ", "))
	role := provider.Setting("assume_role", "role_arn")
	s.holds(role == place.Account.DeployRole, Placed, at, "%s is applied in the role %q, and its provider assumes %q.", of.Path, place.Account.DeployRole, evidence.Shown(role))
	for _, name := range provider.Arguments() {
		known := slices.Contains([]string{"region", "allowed_account_ids"}, name)
		s.holds(known, Placed, provider.At(name), "The provider of %s has %s, and what it asks, and whom, is not understood.", of.Path, name)
	}
	for _, b := range provider.All() {
		s.holds(b.Type == "assume_role" || b.Type == "default_tags", Placed, b.Start(), "The provider of %s has %s, and what it asks, and whom, is not understood.", of.Path, b.Type)
	}
	s.holds(slices.Equal(provider.Labels, []string{"aws"}), Placed, at, "The provider of %s is %s, and not aws.", of.Path, strings.Join(provider.Labels, "."))
	for _, required := range of.Required {
		for _, name := range required.Arguments() {
			s.holds(name == "aws", Placed, required.At(name), "%s asks for the provider %s, whose program Terraform starts, and what that does is not understood.", of.Path, name)
			source, err := evidence.Within(required.Get(name), "source")
			s.holds(name != "aws" || err == nil && evidence.AsText(source) == "hashicorp/aws", Placed, required.At(name), "The provider of %s is %q, and not hashicorp/aws.", of.Path, evidence.AsText(source))
		}
	}
}

// plainState checks that nothing is said of states, the stack's own and those that it reads, but where they are: an argument
// more may lead to others.
func (s subject) plainState(of *evidence.Stack) {
	only := func(b *evidence.Block, names ...string) {
		for _, name := range b.Arguments() {
			s.holds(slices.Contains(names, name), Placed, b.At(name), "%s has %s in %s, and whose state that leads to is not understood.", of.Path, name, b.Type)
		}
	}
	for _, b := range of.Settings {
		for _, inner := range b.All() {
			known := inner.Type == "required_providers" || inner.Type == "backend" && slices.Equal(inner.Labels, []string{"s3"})
			s.holds(known, Placed, inner.Start(), "%s has %s, and what that means is not understood.", of.Path, strings.Join(append([]string{inner.Type}, inner.Labels...), " "))
		}
	}
	if b := of.Backend; b != nil {
		only(b, "bucket", "key", "region", "encrypt", "use_lockfile")
		for _, flag := range []string{"encrypt", "use_lockfile"} {
			s.holds(b.Text(flag) == "true", Placed, b.At(flag), "The state of %s is kept without %s.", of.Path, flag)
		}
	}
	for name, data := range of.States {
		only(data, "backend", "config")
		config := data.Get("config")
		if config == cty.NilVal || config.IsNull() || !config.Type().IsObjectType() {
			continue // reported where it is needed
		}
		for key := range config.Type().AttributeTypes() {
			known := slices.Contains([]string{"bucket", "key", "region"}, key)
			if data.Text("backend") == "local" {
				known = key == "path" && path.Base(evidence.AsText(config.GetAttr(key))) == "terraform.tfstate"
			}
			s.holds(known, Placed, data.At("config"), "%s reads %s with another %s, and whose state that leads to is not understood.", of.Path, name, key)
		}
	}
}

// state checks that a stack keeps its state where the spec says, and reads that of others where they keep it.
func (s subject) state(of *evidence.Stack) {
	if want := s.topology.State; want != nil {
		bucket, key := "", ""
		if of.Backend != nil {
			bucket, key = of.Backend.Text("bucket"), of.Backend.Text("key")
		}
		s.holds(bucket == want.Bucket && strings.HasSuffix(key, "/"+of.Path+"/terraform.tfstate"), Placed, Place{File: of.Path},
			"The state of %s belongs into the bucket %s, under a key of its own, and is %q in %q.", of.Path, want.Bucket, key, bucket)
	}
	for name, data := range of.States {
		other := of.Reads(data)
		if other == nil {
			continue // reported where it is needed
		}
		at, backend := data.Start(), data.Text("backend")
		if other.Backend == nil {
			s.holds(backend == "local", Placed, at, "%s reads %s as %q, which keeps its state in its own folder.", of.Path, name, backend)
			continue
		}
		s.holds(backend == "s3", Placed, at, "%s reads %s as %q, which keeps its state in S3.", of.Path, name, backend)
		config := data.Get("config")
		for _, argument := range []string{"bucket", "key", "region"} {
			value, _ := evidence.Within(config, argument)
			here, there := evidence.AsText(value), other.Backend.Text(argument)
			s.holds(here == there, Placed, at, "%s reads the %s %q, and %s has its state in %q.", of.Path, argument, here, other.Path, there)
		}
	}
}

// A compiled policy, nil if there is none, and what is wrong with it.
type compiled struct {
	policy *policy.Policy
	wrong  error
}

// policyOf is the policy in an argument of a resource, nil if there is none or it is not to be understood.
func (s subject) policyOf(kind policy.Kind, r *evidence.Resource, argument string) *policy.Policy {
	found := s.policies.get(r, func() compiled { return compile(kind, r, argument) })
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
		return compiled{nil, err}
	}
	p, err := policy.Compile(kind, r.Address(), d)
	if err != nil {
		return compiled{nil, err}
	}
	return compiled{p, nil}
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
