package proof

import (
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/topology"
)

// What the output is written for. Terraform 1.10 is the first that locks its state in S3 without a table.
const (
	terraformVersions = ">= 1.10"
	providerSource    = "hashicorp/aws"
	providerVersions  = ">= 5.100, < 7.0"
)

// account checks that what is in the account's folder works in it: who applies it, with what, and whose states are read. Here
// only what postern writes is known: what else is said of providers, states and Terraform itself is a failure.
func (p *prover) account(a *topology.Account) {
	for _, of := range p.Stacks {
		place, known := p.places[of.Path]
		if !known || place.Account != a {
			continue
		}
		s := subject{p, hcl.Range{}}
		s.versions(of)
		s.provided(of, place)
		s.keeps(of)
		s.reads(of)
	}
}

// said checks that no claim has left out any of what a block says.
func (s subject) said(of *evidence.Stack, b *evidence.Block) {
	s.report.Claims++
	what := strings.Join(append([]string{b.Type}, b.Labels...), " ")
	for _, unread := range b.Unread() {
		s.holds(false, Placed, unread.At, "%s has %s in %s, and what that means is not understood.", of.Path, unread.What, what)
	}
}

// versions checks that a stack is for the Terraform and the provider that it is written for, and starts no other program.
func (s subject) versions(of *evidence.Stack) {
	terraform, aws := 0, 0
	for _, b := range of.Settings {
		if b.Has("required_version") {
			terraform++
			is := b.Text("required_version")
			s.holds(is == terraformVersions, Placed, b.At("required_version"), "%s is for Terraform %q, and what is in it is written for %q.", of.Path, is, terraformVersions)
		}
		for _, required := range b.Blocks("required_providers") {
			for _, name := range required.Arguments() {
				is := required.Get(name)
				if !s.holds(name == "aws", Placed, required.At(name), "%s asks for the provider %s, whose program Terraform starts, and what that does is not understood.", of.Path, name) {
					continue
				}
				aws++
				s.holds(isObject(is, map[string]string{"source": providerSource, "version": providerVersions}), Placed, required.At(name),
					"%s is written for the provider %s %q, and asks for another.", of.Path, providerSource, providerVersions)
			}
		}
	}
	s.holds(terraform > 0 && aws > 0, Placed, Place{File: of.Path}, "%s does not say which Terraform and which provider it is written for.", of.Path)
}

// isObject tells whether a value is an object of these texts.
func isObject(v cty.Value, want map[string]string) bool {
	return v != cty.NilVal && !v.IsNull() && v.Type().IsObjectType() && sameValues(v, want)
}

// provided checks that the provider of a stack works in its place, in the role that the account has for it, and asks AWS.
func (s subject) provided(of *evidence.Stack, place topology.Place) {
	s.holds(len(of.Providers) == 1, Placed, Place{File: of.Path}, "%s has %d provider blocks in place of one.", of.Path, len(of.Providers))
	for _, provider := range of.Providers {
		region, accounts, at := provider.Text("region"), provider.Texts("allowed_account_ids"), provider.Start()
		s.holds(slices.Equal(provider.Labels, []string{"aws"}), Placed, at, "The provider of %s is %s, and not aws.", of.Path, strings.Join(provider.Labels, "."))
		s.holds(region == place.Home(), Placed, at, "%s belongs in %s, and its provider works in %q.", of.Path, place.Home(), region)
		s.holds(slices.Equal(accounts, []string{place.Account.ID}), Placed, at,
			"%s belongs in the account %s, and its provider takes %s.", of.Path, place.Account.ID, strings.Join(accounts, ", "))
		role := provider.Setting("assume_role", "role_arn")
		s.holds(role == place.Account.DeployRole, Placed, at, "%s is applied in the role %q, and its provider assumes %q.", of.Path, place.Account.DeployRole, evidence.Shown(role))
		if b := provider.Nested("default_tags"); b != nil {
			tags := map[string]string{}
			for _, tag := range s.topology.Tags {
				tags[tag.Key] = tag.Value
			}
			s.holds(isObject(b.Get("tags"), tags), Placed, b.Start(), "The provider of %s puts other tags on everything than the spec has.", of.Path)
		}
		s.said(of, provider)
	}
}

// keeps checks that a stack keeps its state where the spec says, encrypted and locked.
func (s subject) keeps(of *evidence.Stack) {
	want, b := s.topology.State, of.Backend
	switch {
	case want == nil:
		s.holds(b == nil, Placed, Place{File: of.Path}, "%s keeps its state in its own folder, and a backend says otherwise.", of.Path)
	case s.holds(b != nil, Placed, Place{File: of.Path}, "The state of %s belongs into the bucket %s, and it has no backend.", of.Path, want.Bucket):
		s.holds(slices.Equal(b.Labels, []string{"s3"}), Placed, b.Start(), "The state of %s belongs into S3, and its backend is %s.", of.Path, strings.Join(b.Labels, " "))
		for _, argument := range [][2]string{
			{"bucket", want.Bucket}, {"key", s.topology.Prefix + "/" + of.Path + "/terraform.tfstate"}, {"region", want.Region}, {"encrypt", "true"}, {"use_lockfile", "true"},
		} {
			name, should := argument[0], argument[1]
			is := b.Text(name)
			s.holds(is == should, Placed, b.At(name), "The state of %s is kept with %s as %q, and not as %q.", of.Path, name, is, should)
		}
	}
	for _, settings := range of.Settings {
		s.said(of, settings)
	}
}

// reads checks that a stack reads the states of others where they keep them. Whose states somebody's own data sources read, that
// are no stacks of the tree, is no matter: what refers to them cannot be read.
func (s subject) reads(of *evidence.Stack) {
	for name, data := range of.States {
		other := of.Reads(data)
		if other == nil {
			s.holds(!data.IsOurs(), Placed, data.Start(), "%s reads %s, and that is the state of no stack of this tree.", of.Path, name)
			continue
		}
		backend, config := data.Text("backend"), data.Get("config")
		kept, want := "local", map[string]string{"path": other.Path + "/terraform.tfstate"}
		if b := other.Backend; b != nil {
			kept, want = "s3", map[string]string{"bucket": b.Text("bucket"), "key": b.Text("key"), "region": b.Text("region")}
		}
		s.holds(backend == kept && isObject(cleaned(config), want), Placed, data.Start(), "%s reads %s elsewhere than where %s keeps its state.", of.Path, name, other.Path)
		s.said(of, data)
	}
}

// cleaned is the config of a data source, with its path as the tree has it.
func cleaned(config cty.Value) cty.Value {
	file, err := evidence.Within(config, "path")
	if err != nil {
		return config
	}
	values := config.AsValueMap()
	values["path"] = cty.StringVal(path.Clean(evidence.AsText(file)))
	return cty.ObjectVal(values)
}
