package resolve

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// closed reports runners and roles that would use a bucket of the spec in ways that its policy refuses. Those who read what a
// key encrypts may have S3 decrypt it.
func (r publishResolver) closed(s *spec.Spec) {
	made := map[bucketID]*topology.Bucket{}
	for _, b := range r.topology.Buckets {
		if !b.Existing && b.Bucket != "" {
			made[idOf(b)] = b
		}
	}
	for _, block := range s.Runners {
		if runner := find[*topology.Runner](r, block.Name); runner != nil && runner.Build != nil {
			u := user{r.resolver, spec.Target{Kind: "runner", Name: runner.Name}, runner.RoleARN(), runner.Network.Account, made, func(d topology.Deed, a topology.Access) { addWork(runner, d, a) }}
			each(block.CodeBuild.Write.V, u.write)
			each(block.CodeBuild.Read.V, func(v spec.Value[string]) { u.read(v, runner.Network) })
		}
	}
	for _, block := range s.Roles {
		if role := find[*topology.Role](r, block.Name); role != nil {
			u := user{r.resolver, spec.Target{Kind: "role", Name: role.Name}, role.ARN(), role.Account, made, func(d topology.Deed, a topology.Access) { addRoleWork(role, d, a) }}
			each(block.Allow, u.allow)
		}
	}
}

// A user is a runner or a role that may use buckets which the spec makes.
type user struct {
	*resolver
	who     spec.Target
	arn     string
	account *topology.Account
	made    map[bucketID]*topology.Bucket
	asks    func(topology.Deed, topology.Access)
}

// named is the bucket of the spec that an ARN names, or in which the objects are that it names; nil if it names none.
func (u user) named(arn string) *topology.Bucket {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[2] != "s3" {
		return nil
	}
	name, _, _ := strings.Cut(parts[5], "/")
	return u.made[bucketID{parts[1], name}]
}

// admitted tells whether the bucket's policy lets the user write, or would but for a mistake that has been reported.
func (u user) admitted(b *topology.Bucket) bool {
	return slices.Contains(u.published[b], u.who) || slices.Contains(b.Administrators, u.arn) ||
		slices.ContainsFunc(b.Writers, func(g *topology.Grant) bool { return g.ARN == u.arn })
}

func (u user) write(v spec.Value[string]) {
	if b := u.named(v.V); b != nil && !u.admitted(b) {
		u.wrong(v.Range, "Bucket closed to its writer", "%s %s.", refusalOf(b), u.publishes(b))
	}
}

// read checks a bucket that a build reads from a network.
func (u user) read(v spec.Value[string], from *topology.Network) {
	b := u.named(v.V)
	if b == nil || u.strange(b, v.Range) {
		return
	}
	if b.Region != from.Region && !from.NAT {
		u.wrong(v.Range, "Bucket out of reach", "network.%s has no way out, and a VPC endpoint leads to its own region only: the bucket of %s is in %s, the network of %s in %s. Write a bucket in %s, or set egress = \"nat\" in the network.",
			from.Name, b.What, b.Region, u.who, from.Region, from.Region)
		return
	}
	u.decrypts(b)
}

// decrypts notes what S3 asks of the bucket's key for who reads it.
func (u user) decrypts(b *topology.Bucket) {
	if b.Encrypted {
		u.asks(done("has S3 decrypt what it reads in "+b.Bucket, b.Of), topology.Access{Actions: []string{"kms:Decrypt"}, KeyOf: &b.Place, Conditions: b.KeyConditions()})
	}
}

// allow checks each bucket that an allow block names by what the block allows there.
func (u user) allow(s *spec.Allow) {
	if !slices.ContainsFunc(s.Resources.V, func(v spec.Value[string]) bool { return u.named(v.V) != nil }) {
		return
	}
	var actions []string
	for _, v := range s.Actions.V {
		actions = append(actions, v.V)
	}
	reported := map[*topology.Bucket]bool{nil: true}
	if writes := firstNaming(actions, topology.WriteActions); writes != "" {
		for _, v := range s.Resources.V {
			b := u.named(v.V)
			if reported[b] || !strings.Contains(v.V, "/") || u.admitted(b) {
				continue
			}
			advice := u.publishes(b)
			if strings.ContainsAny(writes, "*?") {
				advice += fmt.Sprintf(", or actions that read in place of %q", writes)
			}
			u.wrong(v.Range, "Bucket closed to its writer", "%s %s.", refusalOf(b), advice)
			reported[b] = true
		}
	}
	gets := firstNaming(actions, []string{"s3:GetObject", "s3:GetObjectVersion"}) != ""
	if !gets && firstNaming(actions, []string{"s3:ListBucket"}) == "" {
		return
	}
	for _, v := range s.Resources.V {
		b := u.named(v.V)
		if reported[b] {
			continue
		}
		if reported[b] = u.strange(b, v.Range); gets && !reported[b] {
			u.decrypts(b)
		}
	}
}

// firstNaming is the first of some patterns that names one of the actions, or empty.
func firstNaming(patterns, actions []string) string {
	for _, pattern := range patterns {
		named, err := policy.Compile(policy.Identity, "", policy.Document{Statements: []policy.Statement{
			{Effect: policy.Allow, Actions: []string{pattern}, Resources: policy.Literals("*")},
		}})
		if err == nil && slices.ContainsFunc(actions, func(action string) bool { return len(named.Naming(action)) > 0 }) {
			return pattern
		}
	}
	return ""
}

// refusalOf says whom the bucket's policy admits.
func refusalOf(b *topology.Bucket) string {
	switch {
	case b.ReplicaOf != nil:
		return fmt.Sprintf("The policy of %q refuses everybody but S3 in the role of %s, whatever other policies allow: what is there is what the source has.", b.Bucket, b.What)
	case b.SourceOf != nil:
		return fmt.Sprintf("The policy of %q refuses everybody who does not publish %s, whatever other policies allow.", b.Bucket, b.What)
	}
	return fmt.Sprintf("The policy of %q refuses everybody but the publishers of %s and administrators, whatever other policies allow.", b.Bucket, b.What)
}

// publishes says how the user comes to write what the bucket has.
func (u user) publishes(b *topology.Bucket) string {
	switch {
	case b.IsIndex():
		return fmt.Sprintf("Add %s to publishers of %s", u.who, b.What)
	case b.ReplicaOf != nil:
		return fmt.Sprintf("Write publish = [%s] in %s, which lets it write into the source", b.What, u.who)
	}
	return fmt.Sprintf("Write publish = [%s] in %s", b.What, u.who)
}

// strange reports a user of another account than the bucket's, who does not read a package index as its readers do.
func (u user) strange(b *topology.Bucket, at hcl.Range) bool {
	isUser := func(g *topology.Grant) bool { return u.who == spec.Target{Kind: "runner", Name: g.Runner.Name} }
	if b.Account == u.account || slices.ContainsFunc(b.Readers, isUser) || b.IsIndex() && u.admitted(b) {
		return false
	}
	advice := fmt.Sprintf("Write a to block with account = account.%s in %s, and the ARN of that bucket here", u.account.Name, b.What)
	switch own := u.beside(b); {
	case b.IsIndex() && u.who.Kind == "runner":
		advice = fmt.Sprintf("Add %s to readers of %s", u.who, b.What)
	case b.IsIndex():
		advice = fmt.Sprintf("Add runners of %s to readers of %s", u.who, b.What)
	case own == nil:
	case own.SourceOf != nil:
		advice = fmt.Sprintf("Write %s.bucket_arn, which is in account.%s", b.What, u.account.Name)
	default:
		advice = fmt.Sprintf("Write %q, which has replicas of it in account.%s", own.ARN(), u.account.Name)
	}
	u.wrong(at, "Bucket closed to its reader", "The policy of %q lets nobody of another account read, and %s is in account.%s while the bucket of %s is in account.%s. %s.",
		b.Bucket, u.who, u.account.Name, b.What, b.Account.Name, advice)
	return true
}

// beside is the bucket of the same replication that is in the user's account, or nil.
func (u user) beside(b *topology.Bucket) *topology.Bucket {
	rep := cmp.Or(b.SourceOf, b.ReplicaOf)
	if rep == nil {
		return nil
	}
	if rep.Source.Account == u.account {
		return rep.Source
	}
	for _, d := range rep.Destinations {
		if d.Account == u.account {
			return d.Bucket
		}
	}
	return nil
}
