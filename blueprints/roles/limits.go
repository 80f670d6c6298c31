package roles

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/policy"
)

// Characters of a role's policies, white space not counted: the trust policy, which AWS extends to 4,096 on request
// (believed), and all inline policies together. Source: IAM User Guide, "IAM and AWS STS quotas".
const (
	trustLimit       = 2048
	permissionsLimit = 10240
)

// longestID is longer than everything that a role reads from a network's stack: an address, or the ID of a VPC.
const longestID = "vpc-0123456789abcdef0"

// applied is a document as long as it will be at most, once its addresses are known.
func (r role) applied(d policy.Document) policy.Document {
	return d.Map(func(t policy.Text) policy.Text {
		if _, known := t.Literal(); known {
			return t
		}
		if r.Issuer != nil && t.String() == r.provider(r.Issuer).String() {
			return policy.Literal(r.Issuer.ProviderARN(r.Account))
		}
		return policy.Literal(longestID)
	})
}

// trustTooLong names what takes the most room, and what to do about that.
func (r role) trustTooLong(d policy.Document, size int) *hcl.Diagnostic {
	frame := &part{what: "statements, one for each place", count: len(d.Statements), size: size, advice: "Split its runners among several roles."}
	parts := map[string]*part{
		"aws:SourceIp":     {what: "public addresses", advice: "Write fewer and larger ranges for its runners, or divide them among several roles."},
		"aws:VpcSourceIp":  {what: "private addresses", advice: "Write fewer and larger ranges for its runners, or divide them among several roles."},
		"aws:PrincipalArn": {what: "principals", advice: "Split its runners among several roles."},
	}
	if r.Issuer != nil {
		parts[r.Issuer.Host()+":sub"] = &part{what: "subjects of tokens", advice: "Split what its tokens may say among several roles."}
	}
	for _, s := range r.applied(d).Statements {
		for _, c := range s.Conditions {
			if p := parts[c.Key]; p != nil {
				frame.size -= p.add(c.Values)
			}
		}
	}
	most := frame
	for _, key := range slices.Sorted(maps.Keys(parts)) {
		if parts[key].size > most.size {
			most = parts[key]
		}
	}
	at := r.Range
	return &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Trust policy over the limit", Subject: &at,
		Detail: fmt.Sprintf("The trust policy of role.%s has %d characters, and IAM takes %d. The largest part, %d characters, is for %d %s. %s",
			r.Name, size, trustLimit, most.size, most.count, most.what, most.advice),
	}
}

// A part of a policy that grows with the spec.
type part struct {
	what, advice string
	count, size  int
}

// add counts values, and returns how many characters they take.
func (p *part) add(values []policy.Text) int {
	size := 0
	for _, v := range values {
		size += len(v.String()) + len(`"",`)
	}
	p.count += len(values)
	p.size += size
	return size
}

func counted(n int, what string) string {
	if n == 1 {
		return "one " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (r role) permissionsTooLong(size int) *hcl.Diagnostic {
	at := r.Range
	return &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Role policy over the limit", Subject: &at,
		Detail: fmt.Sprintf("The permissions of role.%s have up to %d characters, and IAM takes %d in the inline policies of a role. Write fewer resources, or put them into a managed policy of your own and its ARN into managed_policies.",
			r.Name, size, permissionsLimit),
	}
}
