package resolve

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// mostRules is how many rules a bucket's replication takes, and a destination is a rule.
// Source: Amazon S3 API Reference, ReplicationConfiguration.
const mostRules = 1000

// A replicationResolver resolves replications.
type replicationResolver struct{ *resolver }

// replication resolves the buckets of both sides, and what is copied.
func (r replicationResolver) replication(s *spec.Replication) {
	switch {
	case s.From == nil:
		r.missing(s.Header, s.Header.Range, "Replication without a source", "replication.%s says nothing of where objects are written that it copies. Write from { account = account.NAME }.", s.Name)
		return
	case len(s.To) == 0:
		r.missing(s.Header, s.Header.Range, "Replication without a destination", "replication.%s copies nothing anywhere. Write to { account = account.NAME }.", s.Name)
	case len(s.To) > mostRules:
		r.wrong(s.To[mostRules].Header.Range, "More destinations than rules", "S3 takes %d rules for a bucket, one for each destination, and replication.%s has %d to blocks. Remove some.", mostRules, s.Name, len(s.To))
		return
	}
	rep := &topology.Replication{
		Name: s.Name, Range: s.Header.Range, Role: r.replicationRole(s), Prefix: r.keyPrefix(s),
		ObjectTags: r.objectTags(s), TimeControl: s.TimeControl.V, DeleteMarkers: s.DeleteMarkers.V, ExistingObjects: s.ExistingObjects.V,
	}
	sides := r.sides(s)
	if rep.Source = sides.bucket(s.From, s.Name); rep.Source == nil {
		for _, to := range s.To {
			sides.bucket(to, s.Name) // for its mistakes
		}
		return
	}
	rep.Source.SourceOf, rep.Source.Of = rep, rep
	r.topology.Buckets = append(r.topology.Buckets, rep.Source)
	for _, to := range s.To {
		sides.destination(to, rep)
	}
	slices.SortStableFunc(rep.Destinations, func(a, b *topology.Destination) int { return topology.ComparePlaces(a.Place, b.Place) })
	add(r, s.Name, rep)
	r.topology.Replications = append(r.topology.Replications, rep)
}

// replicationRole is the name of the role that S3 acts as. Source: IAM API Reference, CreateRole, RoleName.
func (r replicationResolver) replicationRole(s *spec.Replication) string {
	name := spec.ReplicationRoleName(r.topology.Prefix, s.Name)
	if len(name) > 64 {
		r.wrong(s.Header.Range, "Role name too long", "S3 would act as the role %q, which has %d characters, and IAM takes 64. Rename replication.%s, or write a shorter prefix.", name, len(name), s.Name)
	}
	return name
}

// keyPrefix is what the keys of copied objects begin with.
func (r replicationResolver) keyPrefix(s *spec.Replication) string {
	switch p := s.Prefix; {
	case len(p.V) > 1024: // Source: Amazon S3 User Guide, "Naming Amazon S3 objects"
		r.wrong(p.Range, "Prefix too long", "Keys of objects have up to 1,024 bytes, and the prefix of replication.%s has %d. Write a shorter one.", s.Name, len(p.V))
	case strings.HasPrefix(p.V, "/"):
		r.wrong(p.Range, "Prefix with a leading slash", "Keys of objects begin without a slash, so none begins with %q and nothing would be copied. Write %q.", p.V, strings.TrimLeft(p.V, "/"))
	case strings.ContainsAny(p.V, "*?"):
		r.wrong(p.Range, "Prefix with wildcards", "A prefix is what keys begin with, letter by letter, and %q has wildcards. Write what stands before them.", p.V)
	}
	return s.Prefix.V
}

// mostObjectTags is how many tags an object can have. Source: Amazon S3 User Guide, "Categorizing your storage using tags".
const mostObjectTags = 10

// objectTags are tags that objects must have to be copied.
func (r replicationResolver) objectTags(s *spec.Replication) []topology.Tag {
	var tags []topology.Tag
	for _, p := range s.ObjectTags.V {
		key, value := p.Key, p.Value.V
		if key == "" || utf8.RuneCountInString(key) > 128 || utf8.RuneCountInString(value) > 256 || !tagPattern.MatchString(key+value) || strings.HasPrefix(strings.ToLower(key), "aws:") {
			r.wrong(p.Value.Range, "Tag that S3 refuses", "An object's tag has a key of 1 to 128 characters that does not begin with \"aws:\", and a value of up to 256: letters, digits, spaces and _.:/=+-@. Write another in place of %q.", key)
		}
		tags = append(tags, topology.Tag{Key: key, Value: value})
	}
	if len(tags) > mostObjectTags {
		r.wrong(s.ObjectTags.Range, "Too many tags", "An object has %d tags at most, so none could have the %d of replication.%s. Write %d at most.", mostObjectTags, len(tags), s.Name, mostObjectTags)
	}
	// Source: Amazon S3 User Guide, "Replicating delete markers between buckets"
	if len(tags) > 0 && s.DeleteMarkers.V {
		r.wrong(s.DeleteMarkers.Range, "Delete markers and object tags", "A delete marker has no tags, and S3 refuses a rule that copies them and tests tags. Remove delete_markers, or write prefix in place of object_tags.")
	}
	return tags
}

// sides resolves the from and to blocks of a replication.
type sides struct {
	*resolver
	spec      *spec.Replication
	encrypted bool
	days      int
}

func (r replicationResolver) sides(s *spec.Replication) sides {
	choices := slices.Clone(spec.Encryptions)
	if !r.topology.Encrypted {
		slices.Reverse(choices)
	}
	written := s.Encryption
	written.V = written.Or(choices[0])
	encryption := r.choice("\"encryption\" of replication."+s.Name, written, choices...)
	return sides{r.resolver, s, encryption == "kms", bucketResolver{r.resolver}.days("replication."+s.Name, s.NoncurrentDays)}
}

// bucket is that of a block, or nil if nobody knows where it is.
func (x sides) bucket(s *spec.Side, label string) *topology.Bucket {
	what := "replication." + x.spec.Name
	place, ok := x.place("a bucket of "+what, s.Account, s.Region)
	if !ok {
		return nil
	}
	b := &topology.Bucket{Label: label, What: what, Range: cmp.Or(s.Bucket.Range, s.Header.Range), Place: place, Existing: s.Existing.V, NoncurrentDays: x.days}
	if b.Existing {
		b.Bucket = bucketResolver{x.resolver}.existingName(s.Header, s.Bucket, s.Existing.Range)
		b.KMSKey = bucketResolver{x.resolver}.keyOf(s.KMSKey, what, place)
		x.versioned(s)
	} else {
		b.Bucket = bucketResolver{x.resolver}.bucketName(s.Header, s.Bucket, x.spec.Name, place)
		b.Encrypted = x.encrypted
		for _, a := range []written{{"versioning", s.Versioning.Range}, {"kms_key", s.KMSKey.Range}} {
			if a.at.Filename != "" {
				x.missing(s.Header, a.at, "Argument of an existing bucket", "%s makes this bucket, with versioning and with the key of its storage stack. Remove %s, or write existing = true.", what, a.name)
			}
		}
	}
	return b
}

// versioned reports an existing bucket without versioning, between which and others S3 does not copy.
// Source: Amazon S3 User Guide, "Requirements and considerations for replication".
func (x sides) versioned(s *spec.Side) {
	if s.Versioning.V {
		return
	}
	x.missing(s.Header, cmp.Or(s.Versioning.Range, s.Existing.Range), "Existing bucket without versioning",
		"S3 copies between buckets with versioning alone, and postern changes no bucket that exists. Add versioning = true as soon as the bucket has it.")
}

// destination resolves a to block.
func (x sides) destination(s *spec.Side, rep *topology.Replication) {
	b := x.bucket(s, rep.Name+"_replica")
	if s.StorageClass.IsSet() {
		x.choice("\"storage_class\" of a to block of replication."+rep.Name, s.StorageClass, spec.StorageClasses...)
	}
	if b == nil {
		return
	}
	b.ReplicaOf, b.Of = rep, rep
	for _, other := range rep.Destinations {
		if other.Place == b.Place {
			x.wrong(s.Header.Range, "Two destinations in one place", "%s has another destination in %s of account.%s (%s line %d), and two copies in one place keep nothing safer. Remove one, or write another region.",
				b.What, b.Region, b.Account.Name, other.Range.Filename, other.Range.Start.Line)
			return
		}
	}
	if x.opposite(s, rep.Source, b) {
		rep.Destinations = append(rep.Destinations, &topology.Destination{Bucket: b, StorageClass: s.StorageClass.V})
		x.topology.Buckets = append(x.topology.Buckets, b)
	}
}

// opposite reports a destination that cannot receive what is in the source. It is false when the two are one bucket.
func (x sides) opposite(s *spec.Side, source, b *topology.Bucket) bool {
	keyless := source.HasKey() && !b.HasKey() && !s.KMSKey.IsSet()
	switch {
	case b.Account.Partition != source.Account.Partition:
		x.wrong(s.Account.Range, "Replication across partitions", "account.%s is in the partition %s and account.%s in %s; S3 copies nothing across. Write an account in %s.",
			b.Account.Name, b.Account.Partition.Name, source.Account.Name, source.Account.Partition.Name, source.Account.Partition.Name)
	case b.Bucket == source.Bucket && b.Bucket != "" && !s.Bucket.IsSet() && !x.spec.From.Bucket.IsSet():
		x.missing(s.Header, s.Header.Range, "Both sides in one place", "Both sides of %s are in %s of account.%s, so both buckets would be called %q. Write bucket = \"…\" in one of the blocks.",
			b.What, b.Region, b.Account.Name, b.Bucket)
		return false
	case b.Bucket == source.Bucket && b.Bucket != "":
		x.wrong(b.Range, "Same bucket on both sides", "%s would copy from %q into the same bucket, which S3 refuses. Write the name of another.", b.What, b.Bucket)
		return false
	case keyless && b.Existing:
		x.missing(s.Header, s.Existing.Range, "Replicas without a key",
			"What a KMS key encrypts in the source S3 encrypts again with one of the destination, and nothing says which this existing bucket has. Add kms_key = %q, with the key's ARN.",
			b.Place.ARN("kms", "key/…"))
	case keyless:
		x.wrong(cmp.Or(x.spec.Encryption.Range, s.Header.Range), "Replicas without a key", "A KMS key encrypts the existing source of %s, and S3 copies what such a key encrypts to buckets with a key alone. Write encryption = \"kms\", or remove kms_key if the source has none.", b.What)
	}
	return true
}

// unpublished warns of sources that nobody may write into.
func (r replicationResolver) unpublished() {
	if r.flawedRunners() || r.flawedRoles() {
		return
	}
	for _, rep := range r.topology.Replications {
		if !rep.Source.Existing && rep.Source.Bucket != "" && len(r.published[rep.Source]) == 0 {
			r.warn(rep.Range, "Replication without publishers", "The policy of %q refuses everybody who does not publish replication.%s, so nothing is ever copied. Write publish = [replication.%s] in a runner or a role.",
				rep.Source.Bucket, rep.Name, rep.Name)
		}
	}
}
