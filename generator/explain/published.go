package explain

import (
	"fmt"
	"strings"

	"github.com/postern-dev/postern/generator/proof"
	"github.com/postern-dev/postern/generator/topology"
)

// What is published: replications, distributions and package indexes.

func (e *explainer) replication(r *topology.Replication) *Explanation {
	x := &Explanation{Address: "replication." + r.Name, What: "S3 copies " + bucket(r.Source) + ", as the role " + r.RoleARN()}
	var to []string
	for _, d := range r.Destinations {
		owner := ""
		if r.HandsOver(d) {
			owner = ", which owns what arrives"
		}
		to = append(to, bucket(d.Bucket)+owner)
	}
	x.add("Where it copies to", facts(to...))
	x.add("Who needs it", e.workWith(x.Address))
	e.buckets(x)
	return e.places(x, inFile(x.Address), x.Address)
}

func (e *explainer) distribution(d *topology.Distribution) *Explanation {
	x := &Explanation{Address: "distribution." + d.Name, What: "CloudFront in front of " + bucket(d.Origin)}
	x.add("Its other names", facts(d.Aliases...))
	x.add("Where it reads", []Fact{{d.Origin.What, e.headerOf(d.Origin.What)}})
	x.add("Who gets in", e.passing(fmt.Sprintf("distribution.%s, which reads `%s`", d.Name, d.Origin.Bucket)))
	e.buckets(x)
	return e.places(x, inFile(x.Address), x.Address)
}

func (e *explainer) packageIndex(i *topology.PackageIndex) *Explanation {
	x := &Explanation{Address: "package_index." + i.Name, What: "Python packages in " + bucket(i.Bucket)}
	if i.Proxy != nil {
		x.What += ", with API Gateway in front of it"
		x.add("Who gets into the proxy", e.passing(fmt.Sprintf("API `%s`, the proxy of package_index.%s", i.Proxy.API, i.Name)))
	}
	x.add("Who needs it", e.workWith(x.Address))
	e.buckets(x)
	return e.places(x, inFile(x.Address), x.Address)
}

func bucket(b *topology.Bucket) string {
	return fmt.Sprintf("the bucket %s in %s of account.%s", b.Bucket, b.Region, b.Account.Name)
}

// buckets are those of a block, and who uses each of them.
func (e *explainer) buckets(x *Explanation) {
	for _, b := range e.Access.Buckets {
		if b.Of == x.Address {
			x.add("Who writes into "+b.Bucket, usesOf(b.Writers))
			x.add("Who reads "+b.Bucket, usesOf(b.Readers))
		}
	}
}

func usesOf(all []proof.Use) (out []Fact) {
	for _, u := range all {
		text := u.Who
		if u.From != "" {
			text += ", from " + u.From
		}
		out = append(out, Fact{Text: strings.ReplaceAll(text, "`", "") + ": " + u.For})
	}
	return out
}
