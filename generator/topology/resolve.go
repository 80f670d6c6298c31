package topology

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/spec"
)

// Resolve turns a spec into what it means, or says everything that is wrong with it. Warnings come with a Topology.
func Resolve(s *spec.Spec) (*Topology, hcl.Diagnostics) {
	r := &resolver{
		topology:     &Topology{},
		accounts:     map[string]*Account{},
		networks:     map[string]*Network{},
		repositories: map[string]*Repository{},
		images:       map[string]*Image{},
	}
	r.settings(s.Settings)
	each(s.Accounts, r.account)
	r.distinctIDs(s.Accounts)
	each(s.Networks, r.network)
	r.apart(s.Networks)
	each(s.Repositories, r.repository)
	each(s.Images, r.image)
	r.distinctRepos(s)
	each(s.Runners, r.runner)
	if r.diags.HasErrors() {
		return nil, r.diags
	}
	r.topology.connect()
	return r.topology, r.diags
}

// A resolver fills a topology. A block with a mistake is left out of the maps, and what refers to it is passed over,
// so that one mistake is reported once.
type resolver struct {
	topology     *Topology
	accounts     map[string]*Account
	networks     map[string]*Network
	repositories map[string]*Repository
	images       map[string]*Image
	diags        hcl.Diagnostics
}

func each[T any](blocks []T, resolve func(T)) {
	for _, b := range blocks {
		resolve(b)
	}
}

// wrong reports a mistake. The detail's last sentence says what to do.
func (r *resolver) wrong(at hcl.Range, summary, detail string, args ...any) {
	r.diags = append(r.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(detail, args...), Subject: &at,
	})
}

// count is how many mistakes were reported so far.
func (r *resolver) count() int { return len(r.diags) }

var (
	prefixPattern  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,18}[a-z0-9]$`)
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	rolePattern    = regexp.MustCompile(`^[\w+=,.@/-]{1,512}$`)
	bucketPattern  = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	tagPattern     = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
)

func (r *resolver) settings(s spec.Settings) {
	t := r.topology
	t.Prefix = s.Prefix.Or("postern")
	if !prefixPattern.MatchString(t.Prefix) || strings.Contains(t.Prefix, "--") {
		r.wrong(s.Prefix.Range, "Prefix that AWS refuses",
			"%q would start the names of roles, projects and buckets. Write 2 to 20 lower-case letters, digits and single hyphens, "+
				"a letter first, such as \"acme\".", t.Prefix)
	}
	t.Output = s.Output.Or("live")
	if out := t.Output; out == "" || strings.HasPrefix(out, "/") || strings.ContainsAny(out, "\\\x00") || slices.Contains(strings.Split(out, "/"), "..") ||
		slices.Contains([]string{".", "./"}, out) {
		r.wrong(s.Output.Range, "Output outside the spec's folder",
			"The output is a folder of its own below the spec, so that a spec means the same on every machine; %q is not. "+
				"Write a relative path such as \"live\", or use --output for another place.", out)
	}
	t.Encrypted = r.choice(s.Encryption, "kms", "aws") == "kms"
	r.tags(s.Tags)
	if s.State != nil {
		r.state(s.State)
	}
}

// choice is the argument, the first of the choices when it was not written, or a mistake.
func (r *resolver) choice(v spec.Value[string], choices ...string) string {
	got := v.Or(choices[0])
	if !slices.Contains(choices, got) {
		r.wrong(v.Range, "Unknown choice", "%q is none of the values that are known here. Write %s.", got, oneOf(choices))
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

// nearest is the candidate most like a name, or "" when none is near.
func nearest[T ~string](name string, candidates []T) T {
	var best T
	distance := 3
	for _, c := range candidates {
		if d := levenshtein.Distance(name, string(c), nil); d < distance {
			best, distance = c, d
		}
	}
	return best
}

// maxTags is how many tags of one's own a resource takes.
// Source: AWS General Reference, "Tag naming limits and requirements"; 50, less those that resources set themselves.
const maxTags = 48

func (r *resolver) tags(tags spec.Map) {
	for _, p := range tags.V {
		switch key, value := p.Key, p.Value.V; {
		case key == "" || len(key) > 128 || len(value) > 256 || !tagPattern.MatchString(key) || !tagPattern.MatchString(value):
			r.wrong(p.Value.Range, "Tag that AWS refuses",
				"A tag's key has 1 to 128 characters and its value up to 256: letters, digits, spaces and _ . : / = + - @. Rename %q, or shorten its value.", key)
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			r.wrong(p.Value.Range, "Tag that AWS refuses", "Tags that begin with \"aws:\" are AWS's own. Rename %q.", key)
		default:
			r.topology.Tags = append(r.topology.Tags, Tag{key, value})
		}
	}
	if len(tags.V) > maxTags {
		r.wrong(tags.Range, "Too many tags", "AWS takes 50 tags on a resource, and some are set by the resources themselves. Write %d tags at most.", maxTags)
	}
}

func (r *resolver) state(s *spec.State) {
	if !bucketPattern.MatchString(s.Bucket.V) {
		r.wrong(s.Bucket.Range, "Bucket name that S3 refuses",
			"%q cannot be the name of a bucket. Write 3 to 63 lower-case letters, digits, hyphens and dots.", s.Bucket.V)
	}
	r.region(s.Region, "The state bucket")
	r.topology.State = &State{Bucket: s.Bucket.V, Region: s.Region.V}
}

// region reports a name that is not a region's; what says whose region it is.
func (r *resolver) region(v spec.Value[string], what string) bool {
	if aws.IsRegion(v.V) {
		return true
	}
	if n := len(v.V); n > 1 && aws.IsRegion(v.V[:n-1]) {
		r.wrong(v.Range, "Zone in place of region",
			"%s is in a region, and %q is one availability zone of it. Write %q.", what, v.V, v.V[:n-1])
		return false
	}
	r.wrong(v.Range, "Unknown form of region",
		"%s needs a region by the name that AWS uses in ARNs; %q has another form. Write a name such as \"eu-west-1\".", what, v.V)
	return false
}

func (r *resolver) account(s *spec.Account) {
	before := r.count()
	if !accountPattern.MatchString(s.ID.V) {
		r.wrong(s.ID.Range, "Account ID of wrong length",
			"An account ID has twelve digits, and %q has not; account.%s could not be named in any policy. Write the ID with its leading zeros, in quotes.", s.ID.V, s.Name)
	}
	r.region(s.Region, "account."+s.Name)
	if r.count() > before {
		return
	}
	a := &Account{Name: s.Name, ID: s.ID.V, Region: s.Region.V, Partition: aws.PartitionOf(s.Region.V)}
	a.DeployRole = r.deployRole(a, s.DeployRole)
	r.accounts[s.Name] = a
	r.topology.Accounts = append(r.topology.Accounts, a)
}

// deployRole completes the name of a role to its ARN, or checks that an ARN is one of this account's roles.
func (r *resolver) deployRole(a *Account, v spec.Value[string]) string {
	root := a.Partition.ARN("iam", "", a.ID, "role/")
	switch name := v.V; {
	case !v.IsSet():
		return ""
	case !strings.HasPrefix(name, "arn:"):
		if !rolePattern.MatchString(name) || strings.HasPrefix(name, "/") || strings.HasSuffix(name, "/") {
			r.wrong(v.Range, "Role name that IAM refuses",
				"Terraform would assume %q in account.%s, and no role can have that name. Write the role's name, with its path if it has one.", name, a.Name)
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
func (r *resolver) distinctIDs(blocks []*spec.Account) {
	first := map[string]*spec.Account{}
	for _, b := range blocks {
		if other := first[b.ID.V]; other != nil {
			r.wrong(b.ID.Range, "Account described twice",
				"account.%s and account.%s have the same ID, so both would make the same roles and keys. Remove one of them.", other.Name, b.Name)
			continue
		}
		first[b.ID.V] = b
	}
}

// place is where a block's things live: its region, or its account's. It is false when the block refers to an
// account with a mistake of its own, and when there is a mistake in the region.
func (r *resolver) place(what string, account spec.Ref, region spec.Value[string]) (Place, bool) {
	a := r.accounts[account.V.Name]
	if a == nil {
		return Place{}, false
	}
	if !region.IsSet() {
		return Place{a, a.Region}, true
	}
	if !r.region(region, what) {
		return Place{}, false
	}
	if p := aws.PartitionOf(region.V); p != a.Partition {
		r.wrong(region.Range, "Region of another partition",
			"account.%s is in the partition %s, because its region is %s; %s is in %s, and no account is in both. Write a region of %s, or give %s an account of %s.",
			a.Name, a.Partition.Name, a.Region, region.V, p.Name, a.Partition.Name, what, p.Name)
		return Place{}, false
	}
	return Place{a, region.V}, true
}
