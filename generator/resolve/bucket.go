package resolve

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// Buckets. The rules are:
//   - The name of a bucket is taken once in a whole partition. The default names have the account and the region in them.
//   - A bucket has one policy, and one list of replication rules: what is said of it in several blocks would be lost.
//   - One whose name is empty has none that anybody knows, and that has been reported.

// longestBucket is how long a bucket's name may be.
const longestBucket = 63

// reservedNames are the beginnings and ends that S3 keeps to itself.
// Source: Amazon S3 User Guide, "General purpose bucket naming rules".
var reservedNames = regexp.MustCompile(`^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|--x-s3|--table-s3)$`)

// A bucketResolver resolves buckets of replications, distributions and package indexes.
type bucketResolver struct{ *resolver }

// bucketName is the name of a bucket that a block makes: the one that it says, or one from the label.
func (r bucketResolver) bucketName(block spec.Header, v spec.Value[string], label string, p topology.Place) string {
	if !v.IsSet() && !isKnown(p.Account) {
		return ""
	}
	name := v.Or(spec.BucketName(r.topology.Prefix, label, p.Account.ID, p.Region))
	switch {
	case v.IsSet() && r.byARN(v):
	case !v.IsSet() && len(name) > longestBucket:
		r.missing(block, block.Range, "Bucket name too long",
			"The bucket would be called %q, which has %d characters, and S3 takes %d. Write bucket = \"…\" with a shorter name.", name, len(name), longestBucket)
	case v.IsSet() && strings.Contains(name, ".") && bucketPattern.MatchString(name):
		r.wrong(v.Range, "Bucket name with dots",
			"S3's certificates are for names of one part before its own, so HTTPS fails for a bucket %q. Write %q.", name, strings.ReplaceAll(name, ".", "-"))
	case v.IsSet() && (!bucketPattern.MatchString(name) || reservedNames.MatchString(name)):
		r.wrong(v.Range, "Bucket name that S3 refuses",
			"%q cannot be the name of a bucket. Write 3 to 63 lower-case letters, digits and hyphens, as in \"acme-web-staging\", without the beginnings and ends that S3 keeps to itself.", name)
	}
	return name
}

// existingName is the name of a bucket that exists, as the block says at a place.
func (r bucketResolver) existingName(block spec.Header, v spec.Value[string], at hcl.Range) string {
	switch {
	case !v.IsSet():
		r.missing(block, at, "Existing bucket without a name", "Nothing says which bucket it is that exists already. Write bucket = \"…\" with its name.")
	case r.byARN(v):
	case !bucketPattern.MatchString(v.V):
		r.wrong(v.Range, "Bucket name that S3 refuses", "No bucket can be called %q. Write the name of the bucket that exists, as in \"acme-web-staging\".", v.V)
	}
	return v.V
}

// byARN reports a bucket's ARN in place of its name.
func (r bucketResolver) byARN(v spec.Value[string]) bool {
	if !strings.HasPrefix(v.V, "arn:") {
		return false
	}
	r.wrong(v.Range, "Bucket name that S3 refuses", "%q is an ARN, and the bucket goes by its name here. Write %q.", v.V, v.V[strings.LastIndex(v.V, ":")+1:])
	return true
}

// keyOf checks the ARN of the key of an existing bucket of a block: S3 uses keys of the bucket's region alone, and knows an alias of
// another account as one of its caller's. Source: Amazon S3 User Guide, "Replicating encrypted objects".
func (r bucketResolver) keyOf(v spec.Value[string], what string, p topology.Place) string {
	example := p.ARN("kms", "key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f")
	parts := strings.Split(v.V, ":")
	switch {
	case !v.IsSet():
	case !keyARN.MatchString(v.V):
		r.wrong(v.Range, "Unknown form of ARN", "%q is not the ARN of a KMS key; an alias is none, as it means another key to everybody else. Write one such as %q.", v.V, example)
	case parts[1] != p.Account.Partition.Name:
		r.wrong(v.Range, "ARN of another partition", "%q is not an ARN of the partition %s, where the bucket of %s is. Write one such as %q.", v.V, p.Account.Partition.Name, what, example)
	case parts[3] != p.Region:
		r.wrong(v.Range, "Key in the wrong region", "S3 encrypts with keys of the bucket's own region: the bucket of %s is in %s, and the key in %s. Write the ARN of a key in %s.", what, p.Region, parts[3], p.Region)
	default:
		return v.V
	}
	return ""
}

// days is how long old versions stay.
func (r bucketResolver) days(what string, v spec.Value[int]) int {
	days := v.V
	if days < 1 || days > 36500 {
		r.wrong(v.Range, "Number of days out of range", "Old versions in %s stay for a number of days, and %d is none that S3 can keep. Write a number from 1 to 36500.", what, days)
	}
	return days
}

// sortBuckets sorts them when all are known.
func sortBuckets(t *topology.Topology) {
	slices.SortStableFunc(t.Buckets, func(a, b *topology.Bucket) int {
		return cmp.Or(topology.ComparePlaces(a.Place, b.Place), cmp.Compare(a.Bucket, b.Bucket), cmp.Compare(a.Label, b.Label))
	})
}

// A bucketID is what a bucket's name is unique in.
type bucketID struct{ partition, name string }

func idOf(b *topology.Bucket) bucketID { return bucketID{b.Account.Partition.Name, b.Bucket} }

// distinctBuckets reports buckets that two blocks lay claim to.
func (r bucketResolver) distinctBuckets() {
	ringed := r.circles()
	first := map[bucketID]*topology.Bucket{}
	for _, b := range slices.Concat(r.topology.Buckets, r.logs) {
		if b.Bucket == "" {
			continue
		}
		r.notState(b)
		other := first[idOf(b)]
		if other == nil {
			first[idOf(b)] = b
			continue
		}
		if !ringed[copiesOf(b)] && !ringed[copiesOf(other)] {
			r.sameName(other, b)
		}
	}
}

// copiesOf is the replication that the bucket is a side of.
func copiesOf(b *topology.Bucket) *topology.Replication {
	return cmp.Or(b.SourceOf, b.ReplicaOf)
}

// notState reports a bucket that Terraform's state is in.
func (r bucketResolver) notState(b *topology.Bucket) {
	s := r.topology.State
	if s == nil || b.Existing || s.Bucket != b.Bucket {
		return
	}
	r.wrong(b.Range, "Bucket of the state", "Terraform's state is in the bucket %q, which is there before anything is made. Write another name for the bucket of %s.", b.Bucket, b.What)
}

// sameName reports two buckets of one name, unless both blocks may well use an existing one.
func (r bucketResolver) sameName(a, b *topology.Bucket) {
	chained := func(source, replica *topology.Bucket) bool { return source.SourceOf != nil && replica.ReplicaOf != nil }
	switch {
	case a.Existing && b.Existing && copiesOf(a) == copiesOf(b):
		r.wrong(b.Range, "Two destinations in one bucket", "%s copies everything into %q twice. Remove one of the to blocks.", b.What, b.Bucket)
	case a.Existing && b.Existing && a.Place != b.Place:
		r.wrong(b.Range, "One bucket in two places", "A bucket is in one region of one account, and %q is in %s of account.%s for %s (%s line %d) and in %s of account.%s here. Write the same account and region in both blocks, or the name of another bucket.",
			b.Bucket, a.Region, a.Account.Name, a.What, a.Range.Filename, a.Range.Start.Line, b.Region, b.Account.Name)
	case a.Existing && b.Existing && a.SourceOf != nil && b.SourceOf != nil:
		advice := "Write one replication with the to blocks of both"
		if !copyAlike(a.SourceOf, b.SourceOf) {
			advice = "What the two copy differs, and a replication copies the same to all its destinations. Write one replication of all that either copies, or have what one of them copies written into another bucket"
		}
		r.wrong(b.Range, "Source of two replications", "A bucket has one list of rules, and %s and %s would overwrite each other's in %q. %s.", a.What, b.What, b.Bucket, advice)
	case chained(a, b):
		r.copiedOn(a, b)
	case chained(b, a):
		r.copiedOn(b, a)
	case a.Existing && b.Existing: // each has a rule of its own
	case a.Existing || b.Existing:
		made, existing := a, b
		if a.Existing {
			made, existing = b, a
		}
		r.wrong(existing.Range, "Existing bucket made here", "%s makes the bucket %q, with a policy that admits no others, and %s takes it for one that exists. Write another bucket.", made.What, made.Bucket, existing.What)
	default:
		advice := "Write bucket = \"…\" with another name"
		if strings.HasPrefix(b.What, "distribution.") { // its logs
			advice = fmt.Sprintf("Write bucket = \"…\" with another name in %s, or rename %s", a.What, b.What)
		}
		r.wrong(b.Range, "Two buckets of one name", "A bucket's name is taken once for all accounts and regions, and %s makes %q already (%s line %d). %s.",
			a.What, b.Bucket, a.Range.Filename, a.Range.Start.Line, advice)
	}
}

// copyAlike tells whether two replications copy the same, in the same way.
func copyAlike(r, other *topology.Replication) bool {
	return r.Prefix == other.Prefix && slices.Equal(r.ObjectTags, other.ObjectTags) && r.TimeControl == other.TimeControl && r.DeleteMarkers == other.DeleteMarkers
}

// copiedOn reports a source that is filled by a replication. Into one that exists others may write, too.
// Source: Amazon S3 User Guide, "What does Amazon S3 replicate?".
func (r bucketResolver) copiedOn(source, replica *topology.Bucket) {
	if source.Existing && replica.Existing {
		r.warn(source.Range, "Replicas go no further",
			"S3 copies what is written into a bucket, and none of the replicas that arrive there: of what %s writes into %q %s copies nothing. Add its to blocks to %s, unless it is there for what others write.",
			replica.What, replica.Bucket, source.What, replica.What)
		return
	}
	r.wrong(source.Range, "Replicas go no further",
		"S3 copies what is written into a bucket, and none of the replicas that arrive there, with which %s fills %q: %s would copy nothing. Add its to blocks to %s.",
		replica.What, replica.Bucket, source.What, replica.What)
}

// circles reports replications that lead back to where they start, and tells which are in such a circle.
func (r bucketResolver) circles() map[*topology.Replication]bool {
	from := map[bucketID][]*topology.Replication{}
	for _, rep := range r.topology.Replications {
		from[idOf(rep.Source)] = append(from[idOf(rep.Source)], rep)
	}
	ringed := map[*topology.Replication]bool{}
	for _, rep := range r.topology.Replications {
		circle := circleOf(rep, from)
		if len(circle) < 2 || ringed[rep] || rep.Source.Bucket == "" {
			continue
		}
		names := make([]string, len(circle), len(circle)+1)
		for i, c := range circle {
			ringed[c] = true
			names[i] = "replication." + c.Name
		}
		names = append(names, names[0])
		r.wrong(rep.Source.Range, "Replications in a circle",
			"Each of these copies into the bucket that the next one copies from: %s. A bucket that receives replicas takes nothing else, and S3 copies no replica on, so nothing would ever enter the circle. Remove one of them.",
			strings.Join(shortened(names), " -> "))
	}
	return ringed
}

// shortened leaves out the middle of a long list.
func shortened(names []string) []string {
	if len(names) <= 12 {
		return names
	}
	return slices.Concat(names[:6], []string{"…"}, names[len(names)-6:])
}

// circleOf is the shortest way from the replication back to its source, or nil. It goes by buckets, in breadth.
func circleOf(rep *topology.Replication, from map[bucketID][]*topology.Replication) []*topology.Replication {
	before := map[*topology.Replication]*topology.Replication{rep: nil}
	for queue := []*topology.Replication{rep}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for _, d := range at.Destinations {
			if d.Bucket.Bucket == "" {
				continue
			}
			if idOf(d.Bucket) == idOf(rep.Source) {
				var way []*topology.Replication
				for ; at != nil; at = before[at] {
					way = append(way, at)
				}
				slices.Reverse(way)
				return way
			}
			for _, next := range from[idOf(d.Bucket)] {
				if _, seen := before[next]; !seen {
					before[next] = at
					queue = append(queue, next)
				}
			}
		}
	}
	return nil
}
