// Package resolve turns a spec into what it means: it resolves names to pointers, fills in defaults, works out the path of
// every request, and rejects contradictions with the line of the spec. What comes out has none.
package resolve

import (
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/guard"
	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// Topology turns a spec into what it means, or says everything that is wrong with it. Warnings come with a Topology.
func Topology(s *spec.Spec) (*topology.Topology, hcl.Diagnostics) {
	r := &resolver{
		topology:   &topology.Topology{},
		made:       map[named]topology.Block{},
		rolesByARN: map[string]*topology.Role{},
		rolesOf:    map[string][]*topology.Role{},
		vague:      map[*topology.Issuer]bool{},
		doors:      map[*topology.Runner][]*topology.Door{},
		sts:        map[*topology.Network]bool{},
		blocks:     map[string]*spec.Runner{},
		vpcs:       map[string]*spec.Network{},
		s3:         map[*topology.Network]bool{},
		published:  map[*topology.Bucket][]spec.Target{},
		purposes:   purposes(s),
		spec:       s,
	}
	settingsResolver{r}.settings(s.Settings)
	each(s.Accounts, settingsResolver{r}.account)
	settingsResolver{r}.distinctIDs(s.Accounts)
	settingsResolver{r}.samePartition(s.Settings.State)
	each(s.Networks, networkResolver{r}.network)
	networkResolver{r}.apart(s.Networks)
	each(s.Images, storageResolver{r}.image)
	each(s.Repositories, storageResolver{r}.repository)
	storageResolver{r}.distinctRepos(s)
	topicResolver{r}.topics(s)
	each(s.Replications, replicationResolver{r}.replication)
	each(s.Distributions, distributionResolver{r}.distribution)
	each(s.PackageIndexes, indexResolver{r}.packageIndex)
	bucketResolver{r}.distinctBuckets()
	each(s.Issuers, issuerResolver{r}.issuer)
	issuerResolver{r}.distinctIssuers(s)
	each(s.Roles, roleResolver{r}.role)
	each(s.Runners, runnerResolver{r}.runner)
	roleResolver{r}.distinctRoles(s)
	each(s.Roles, roleResolver{r}.admit)
	each(s.Runners, publishResolver{r}.publish)
	each(s.Roles, publishResolver{r}.publishAs)
	each(s.PackageIndexes, indexResolver{r}.serve)
	replicationResolver{r}.unpublished()
	publishResolver{r}.closed(s)
	each(s.Roles, roleResolver{r}.idle)
	each(s.Roles, roleResolver{r}.outOfReach)
	each(s.Runners, runnerResolver{r}.hidden)
	crowdResolver{r}.keepApart(s.Roles)
	each(s.Issuers, issuerResolver{r}.existing)
	each(s.Networks, networkResolver{r}.routed)
	if r.diags.HasErrors() {
		return nil, r.diags
	}
	sortBuckets(r.topology)
	connect(r.topology)
	return r.topology, r.diags
}

// A resolver fills a topology. A block of which nobody knows in what region it is stays out of the maps, and what
// refers to it is passed over, so that one mistake is reported once. Blocks with other mistakes take part, so that all
// mistakes are reported at once.
type resolver struct {
	topology   *topology.Topology
	made       map[named]topology.Block  // without mistakes in their place
	vague      map[*topology.Issuer]bool // nobody knows whose they are, and so what their tokens say
	rolesByARN map[string]*topology.Role
	rolesOf    map[string][]*topology.Role // by the name of a runner that they list
	doors      map[*topology.Runner][]*topology.Door
	sts        map[*topology.Network]bool // whether requests to STS go through an endpoint
	blocks     map[string]*spec.Runner
	vpcs       map[string]*spec.Network
	s3         map[*topology.Network]bool         // whether requests to S3 go through an endpoint
	logs       []*topology.Bucket                 // of distributions
	published  map[*topology.Bucket][]spec.Target // who says that it publishes into it, even if it cannot
	purposes   map[string]*purpose                // of runners, by name
	spec       *spec.Spec
	diags      hcl.Diagnostics
}

// buildSteps resolve what a codebuild block says, in the order in which pages tell of it.
var buildSteps = []func(*build){
	(*build).log,
	(*build).machine,
	(*build).source,
	(*build).images,
	(*build).notify,
	(*build).buckets,
	(*build).secrets,
	(*build).roles,
	(*build).uses,
	(*build).variables,
}

// named is the name of a block, and of which kind it is.
type named struct {
	kind reflect.Type
	name string
}

// A core is the resolver itself, or one of a kind of blocks.
type core interface{ core() *resolver }

func (r *resolver) core() *resolver { return r }

// add notes a block, so that others find it.
func add[B topology.Block](r core, name string, b B) {
	r.core().made[named{reflect.TypeFor[B](), name}] = b
}

// find is the block of a kind and name, nil if there is none or nobody knows where it is.
func find[B topology.Block](r core, name string) (found B) {
	found, _ = r.core().made[named{reflect.TypeFor[B](), name}].(B)
	return found
}

func each[T any](blocks []T, resolve func(T)) {
	for _, b := range blocks {
		resolve(b)
	}
}

// wrong reports a mistake. The detail's last sentence says what to do.
func (r *resolver) wrong(at hcl.Range, summary, detail string, args ...any) {
	r.diags = append(r.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: summary, Detail: guard.Sprintf(detail, args...), Subject: &at,
	})
}

// warn reports what can be meant and hardly is.
func (r *resolver) warn(at hcl.Range, summary, detail string, args ...any) {
	r.wrong(at, summary, detail, args...)
	r.diags[len(r.diags)-1].Severity = hcl.DiagWarning
}

// doubt is a warning of what a block lacks, unless the reader found fault with the block.
func (r *resolver) doubt(block spec.Header, at hcl.Range, summary, detail string, args ...any) {
	if !block.Flawed {
		r.warn(at, summary, detail, args...)
	}
}

// missing reports what a block lacks, unless the reader found fault with the block: then it may be there, misspelt.
func (r *resolver) missing(block spec.Header, at hcl.Range, summary, detail string, args ...any) {
	if !block.Flawed {
		r.wrong(at, summary, detail, args...)
	}
}

// flawedRunners and flawedRoles tell whether the reader found fault with one of them: what nobody seems to say may be there.
func (r *resolver) flawedRunners() bool {
	return slices.ContainsFunc(r.spec.Runners, func(b *spec.Runner) bool { return b.Flawed })
}

func (r *resolver) flawedRoles() bool {
	return slices.ContainsFunc(r.spec.Roles, func(b *spec.Role) bool { return b.Flawed })
}

var (
	prefixPattern  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,18}[a-z0-9]$`)
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	rolePattern    = regexp.MustCompile(`^([\w+=,.@-]+/)*[\w+=,.@-]{1,64}$`) // with its path
	bucketPattern  = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	tagPattern     = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
)

// A settingsResolver resolves the settings and accounts.
type settingsResolver struct{ *resolver }

func (r settingsResolver) settings(s spec.Settings) {
	t := r.topology
	r.prefix(s.Prefix)
	t.Output = s.Output.V
	switch {
	case !isFolderBelow(t.Output):
		r.wrong(s.Output.Range, "Output outside the spec's folder",
			"The output is a folder of its own below the spec, so that a spec means the same on every machine; %q is not. "+
				"Write a relative path such as \"live\", or use --output for another place.", t.Output)
	case slices.ContainsFunc(strings.Split(path.Clean(t.Output), "/"), isOfTools):
		r.wrong(s.Output.Range, "Output in a tool's own folder",
			"Folders whose names begin with a dot, as well as those of version control, belong to the tools that keep them, and reviewers do not look there; %q is or is in one. "+
				"Write another path, such as \"live\".", t.Output)
	}
	t.Encrypted = r.choice("\"encryption\" of the postern block", s.Encryption, spec.Encryptions...) == "kms"
	r.tags(s.Tags)
	if s.State != nil {
		r.state(s.State)
	}
}

// prefix reports one that could not start every name. The name of a security group may not look like an ID.
// Source: Amazon EC2 API Reference, CreateSecurityGroup.
func (r settingsResolver) prefix(v spec.Value[string]) {
	prefix := v.V
	switch {
	case !prefixPattern.MatchString(prefix) || strings.Contains(prefix, "--"):
		r.wrong(v.Range, "Prefix that AWS refuses",
			"%q would start the names of roles, projects and buckets. Write 2 to 20 lower-case letters, digits and single hyphens, "+
				"a letter first, such as \"acme\".", prefix)
	case prefix == "sg" || strings.HasPrefix(prefix, "sg-"):
		r.wrong(v.Range, "Prefix that AWS refuses",
			"%q would start the names of security groups, and EC2 refuses names that begin with \"sg-\" as their IDs do. Write another prefix, such as \"acme\".", prefix)
	}
	r.topology.Prefix = prefix
}

// isFolderBelow tells whether a path leads, on every system, to a folder below the one that it starts from.
func isFolderBelow(name string) bool {
	clean := path.Clean(name)
	return clean != "." && fs.ValidPath(clean) && !strings.ContainsAny(name, `\:`) && !strings.ContainsFunc(name, unicode.IsControl)
}

// isOfTools tells whether a folder of this name is one of those that tools keep their own files in. Windows knows .git by two names.
func isOfTools(name string) bool {
	return strings.HasPrefix(name, ".") || slices.Contains([]string{"cvs", "_darcs", "git~1"}, strings.ToLower(name))
}

// choice is the argument, or a mistake. What says which argument it is.
func (r *resolver) choice(what string, v spec.Value[string], choices ...string) string {
	got := v.V
	if !slices.Contains(choices, got) {
		r.wrong(v.Range, "Unknown choice", "%s cannot be %q. Write %s.", what, got, oneOf(choices))
	}
	return got
}

// oneOf lists choices for a sentence: "a", "b" or "c".
func oneOf[T ~string](choices []T) string {
	var b strings.Builder
	for i, c := range choices {
		switch {
		case i == 0:
		case i == len(choices)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", string(c))
	}
	return b.String()
}

// nearest are the candidates most like a name, if any is near.
func nearest[T ~string](name string, candidates []T) []T {
	var best []T
	distance := 2
	for _, c := range candidates {
		switch d := levenshtein.Distance(name, string(c), nil); {
		case d > distance || d > 1+len(c)/3:
		case d < distance:
			best, distance = []T{c}, d
		default:
			best = append(best, c)
		}
	}
	return best
}

// maxTags is how many tags of one's own a resource takes.
// Source: AWS General Reference, "Tag naming limits and requirements"; 50, less those that resources set themselves.
const maxTags = 48

func (r settingsResolver) tags(tags spec.Map) {
	const characters = "letters, digits, spaces and _.:/=+-@"
	seen := map[string]string{} // by the key in lower case
	for _, p := range tags.V {
		key, value := p.Key, p.Value.V
		first, twice := seen[strings.ToLower(key)]
		switch {
		case key == "" || utf8.RuneCountInString(key) > 128 || !tagPattern.MatchString(key):
			r.wrong(p.Value.Range, "Tag that AWS refuses", "A tag's key has 1 to 128 characters: %s. Rename %q.", characters, key)
		case utf8.RuneCountInString(value) > 256 || !tagPattern.MatchString(value):
			r.wrong(p.Value.Range, "Tag that AWS refuses", "A tag's value has up to 256 characters: %s. Write another value for %q.", characters, key)
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			r.wrong(p.Value.Range, "Tag that AWS refuses", "Tags that begin with \"aws:\" are AWS's own. Rename %q.", key)
		case twice: // Source: IAM User Guide, "Tags for AWS Identity and Access Management resources"
			r.wrong(p.Value.Range, "Tag set twice", "IAM takes %q and %q for one key, and refuses a role that has both. Remove one of them.", first, key)
		default:
			seen[strings.ToLower(key)] = key
			r.topology.Tags = append(r.topology.Tags, topology.Tag{Key: key, Value: value})
		}
	}
	if len(tags.V) > maxTags {
		r.wrong(tags.Range, "Too many tags", "AWS takes 50 tags on a resource, and some are set by the resources themselves. Write %d tags at most.", maxTags)
	}
}

func (r settingsResolver) state(s *spec.State) {
	if !bucketPattern.MatchString(s.Bucket.V) || strings.Contains(s.Bucket.V, "..") {
		r.wrong(s.Bucket.Range, "Bucket name that S3 refuses",
			"%q cannot be the name of a bucket. Write 3 to 63 lower-case letters, digits, hyphens and dots, as in \"acme-terraform-state\".", s.Bucket.V)
	}
	r.region(s.Region, "The state bucket")
	r.topology.State = &topology.State{Bucket: s.Bucket.V, Region: s.Region.V}
}

// samePartition reports a state bucket that an account's stacks cannot reach: who signs in to one partition is
// nobody in another.
func (r settingsResolver) samePartition(s *spec.State) {
	if s == nil || !aws.IsRegion(s.Region.V) {
		return
	}
	for _, a := range r.topology.Accounts {
		if p := aws.PartitionOf(s.Region.V); p != a.Partition {
			r.wrong(s.Region.Range, "State in another partition",
				"The state bucket is in the partition %s and account.%s in %s, and Terraform signs in to one partition at a time. Write a spec for each partition, with a bucket of its own.",
				p.Name, a.Name, a.Partition.Name)
			return
		}
	}
}

// region reports a name that is not a region's; what says whose region it is.
func (r *resolver) region(v spec.Value[string], what string) bool {
	what = capital(what)
	if aws.IsRegion(v.V) {
		r.mistyped(v, what)
		return true
	}
	if region := strings.TrimRight(v.V, "abcdefgh"); len(region) == len(v.V)-1 && aws.IsRegion(region) {
		r.wrong(v.Range, "Zone in place of region",
			"%s is in a region, and %q is one availability zone of it. Write %q.", what, v.V, region)
		return false
	}
	r.wrong(v.Range, "Unknown form of region",
		"%s needs a region by the name that AWS has for it in ARNs, and %q is no such name. Write one such as \"eu-west-1\".", what, v.V)
	return false
}

// mistyped warns of a region that nobody knows and that is called much as one that exists. It may be new.
func (r *resolver) mistyped(v spec.Value[string], what string) {
	if slices.Contains(aws.Regions(), v.V) {
		return
	}
	if near := nearest(v.V, aws.Regions()); len(near) > 0 {
		r.warn(v.Range, "Unknown region", "%s is in %q, and postern knows of no region by that name. Write %s, unless it is a new one.", what, v.V, oneOf(near))
	}
}

// capital starts a sentence, unless it starts with something the user wrote.
func capital(what string) string {
	if word, _, _ := strings.Cut(what, " "); strings.ContainsAny(word, `."`) {
		return what
	}
	return strings.ToUpper(what[:1]) + what[1:]
}

func (r settingsResolver) account(s *spec.Account) {
	if !accountPattern.MatchString(s.ID.V) {
		r.wrong(s.ID.Range, "Unknown form of account ID",
			"An account ID is twelve digits, and %q is not; no policy could name account.%s. Write all twelve digits, leading zeros too, without hyphens.", s.ID.V, s.Name)
	}
	if !r.region(s.Region, "account."+s.Name) {
		return
	}
	a := &topology.Account{Name: s.Name, Range: s.Header.Range, ID: s.ID.V, Region: s.Region.V, Partition: aws.PartitionOf(s.Region.V)}
	if isKnown(a) {
		a.DeployRole = r.deployRole(a, s.DeployRole)
	}
	add(r, s.Name, a)
	r.topology.Accounts = append(r.topology.Accounts, a)
}

// isKnown tells whether the account's ID is one. If it is none, that has been reported.
func isKnown(a *topology.Account) bool { return accountPattern.MatchString(a.ID) }

// deployRole completes the name of a role to its ARN, or checks that an ARN is one of this account's roles.
func (r settingsResolver) deployRole(a *topology.Account, v spec.Value[string]) string {
	root := a.Partition.ARN("iam", "", a.ID, "role/")
	switch name := v.V; {
	case !v.IsSet():
		return ""
	case !strings.HasPrefix(name, "arn:"):
		if !rolePattern.MatchString(name) {
			r.wrong(v.Range, "Role name that IAM refuses",
				"Terraform would assume %q in account.%s, and no role can have that name. Write the role's name, after its path if it has one: \"terraform\" or \"ci/terraform\".", name, a.Name)
			return ""
		}
		return root + name
	case !strings.HasPrefix(name, root) || !rolePattern.MatchString(strings.TrimPrefix(name, root)):
		r.wrong(v.Range, "Deploy role of another account",
			"Terraform assumes this role to work in account.%s, so it must be a role there: %s…. Write the role's name alone, or its ARN in that account.", a.Name, root)
		return ""
	}
	return v.V
}

// distinctIDs reports two blocks for one account: their stacks would fight over the same things.
func (r settingsResolver) distinctIDs(blocks []*spec.Account) {
	first := map[string]*spec.Account{}
	for _, b := range blocks {
		if !accountPattern.MatchString(b.ID.V) {
			continue
		}
		if other := first[b.ID.V]; other != nil {
			r.wrong(b.ID.Range, "Account described twice",
				"account.%s and account.%s have the same ID, and their stacks would fight over the same roles and keys. Write the ID of another account, or remove one of the blocks.", other.Name, b.Name)
			continue
		}
		first[b.ID.V] = b
	}
}

// place is where a block's things live: its region, or its account's. It is false when the block refers to an
// account with a mistake of its own, and when there is a mistake in the region.
func (r *resolver) place(what string, account spec.Ref, region spec.Value[string]) (topology.Place, bool) {
	a := find[*topology.Account](r, account.V.Name)
	if a == nil {
		return topology.Place{}, false
	}
	if !region.IsSet() {
		return topology.Place{Account: a, Region: a.Region}, true
	}
	if !r.region(region, what) {
		return topology.Place{}, false
	}
	if p := aws.PartitionOf(region.V); p != a.Partition {
		r.wrong(region.Range, "Region of another partition",
			"account.%s is in the partition %s, because its region is %s; %s is in %s, and no account is in both. Write a region of %s, or give %s an account of %s.",
			a.Name, a.Partition.Name, a.Region, region.V, p.Name, a.Partition.Name, what, p.Name)
		return topology.Place{}, false
	}
	return topology.Place{Account: a, Region: region.V}, true
}
