package explain

import (
	"fmt"
	"strings"

	"github.com/postern-dev/postern/generator/proof"
	"github.com/postern-dev/postern/generator/topology"
)

// What is published: replications, distributions and package indexes.

func (e *explainer) replication(r *topology.Replication) *Explanation {
	x := &Explanation{Address: r.Address(), What: "S3 copies " + bucket(r.Source) + ", as the role " + r.RoleARN()}
	var to []string
	for _, d := range r.Destinations {
		owner := ""
		if r.HandsOver(d) {
			owner = ", which owns what arrives"
		}
		to = append(to, bucket(d.Bucket)+owner)
	}
	x.add("Where it copies to", facts(to...))
	x.add("Who needs it", e.needs(r))
	x.add("Who acts as its role, and by which statement", e.admitted(x.Address))
	e.buckets(x)
	return e.places(x, e.in(fileOf(x.Address)), r)
}

func (e *explainer) distribution(d *topology.Distribution) *Explanation {
	x := &Explanation{Address: d.Address(), What: "CloudFront in front of " + bucket(d.Origin)}
	x.add("Its other names", facts(d.Aliases...))
	x.add("Where it reads", []Fact{{d.Origin.What, headerOf(d.Origin.Of)}})
	x.add("Who gets in", e.passing(x.Address))
	e.buckets(x)
	return e.places(x, e.in(fileOf(x.Address)), d)
}

func (e *explainer) packageIndex(i *topology.PackageIndex) *Explanation {
	x := &Explanation{Address: i.Address(), What: "Python packages in " + bucket(i.Bucket)}
	if i.Proxy != nil {
		x.What += ", with API Gateway in front of it"
	}
	x.add("Who gets into the proxy, and by which statement", e.admitted(x.Address))
	x.add("Who needs it", e.needs(i))
	e.buckets(x)
	return e.places(x, e.in(fileOf(x.Address)), i)
}

func bucket(b *topology.Bucket) string {
	return fmt.Sprintf("the bucket %s in %s of account.%s", b.Bucket, b.Region, b.Account.Name)
}

// buckets are those of a block, and who uses each of them.
func (e *explainer) buckets(x *Explanation) {
	for _, b := range e.access.Buckets {
		if b.Of == x.Address {
			x.add("Who writes into "+b.Bucket, e.usesOf(b.Writers))
			x.add("Who reads "+b.Bucket, e.usesOf(b.Readers))
		}
	}
}

// usesOf are those who use a bucket, each by the statements of the tree that let them, if it needs any.
func (e *explainer) usesOf(all []proof.Use) (out []Fact) {
	for _, u := range all {
		text := u.Who
		if u.From != "" {
			text += ", from " + u.From
		}
		text = strings.ReplaceAll(text, "`", "") + ": " + u.For
		if len(u.By) == 0 {
			out = append(out, Fact{Text: text})
		}
		out = append(out, e.by(text+", by ", u.By)...)
	}
	return out
}
