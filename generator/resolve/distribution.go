package resolve

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// A distributionResolver resolves distributions.
type distributionResolver struct{ *resolver }

// distribution resolves CloudFront in front of a bucket of a replication. That a distribution of China or GovCloud differs, and that
// other partitions have none, is believed.
func (r distributionResolver) distribution(s *spec.Distribution) {
	a, rep := find[*topology.Account](r, s.Account.V.Name), find[*topology.Replication](r, s.Origin.V.Name)
	if a == nil || rep == nil {
		return
	}
	if a.Partition.Name != "aws" {
		r.wrong(s.Account.Range, "CloudFront in another partition", "account.%s is in the partition %s, where CloudFront is another service or none. Write an account of the partition aws.", a.Name, a.Partition.Name)
		return
	}
	d := &topology.Distribution{
		Name: s.Name, Range: s.Header.Range, Certificate: r.certificate(s, a), Aliases: r.aliases(s), Index: r.indexPage(s),
		Origin: r.origin(s, a, rep),
	}
	r.identityOf(s, d)
	if d.Origin == nil {
		return
	}
	d.Origin.Distribution = d
	if s.Logs.V {
		d.LogBucket = r.logBucket(s, d.Origin.Place)
	}
	r.topology.Distributions = append(r.topology.Distributions, d)
}

// origin is the one bucket of the replication in the account that is meant, or nil. With others beside them, buckets that
// exist already are not meant.
func (r distributionResolver) origin(s *spec.Distribution, a *topology.Account, rep *topology.Replication) *topology.Bucket {
	var here, made []*topology.Destination
	var regions, elsewhere []string
	for _, d := range append(slices.Clone(rep.Destinations), &topology.Destination{Bucket: rep.Source}) {
		switch {
		case d.Account != a:
			elsewhere = append(elsewhere, "account."+d.Account.Name)
			continue
		case s.Region.IsSet() && s.Region.V != d.Region:
		case d.Existing:
			here = append(here, d)
		default:
			here, made = append(here, d), append(made, d)
		}
		regions = append(regions, d.Region)
	}
	among := regionsOf(made)
	switch {
	case len(rep.Destinations) == 0: // reported where the replication is
	case len(regions) == 0:
		r.wrong(s.Origin.Range, "Distribution without a bucket", "replication.%s has no bucket in account.%s that CloudFront could read. Write an account that has one, such as %s.", rep.Name, a.Name, elsewhere[0])
	case len(here) == 0:
		r.wrong(s.Region.Range, "Distribution without a bucket", "replication.%s has no bucket in %s of account.%s. Write %s.", rep.Name, s.Region.V, a.Name, oneOf(topology.Unique(regions)))
	case len(made) < 2:
		return r.readable(s, rep, append(made, here...)[0])
	case len(among) == 1:
		r.wrong(s.Origin.Range, "Several buckets in the account", "The source of replication.%s and a destination are both in %s of account.%s, and CloudFront reads one. Move one of them to another region, and write as region where the one is that it reads.", rep.Name, among[0], a.Name)
	default:
		r.missing(s.Header, s.Origin.Range, "Several buckets in the account", "replication.%s has several buckets in account.%s, and CloudFront reads one. Write region = %s.", rep.Name, a.Name, oneOf(among))
	}
	return nil
}

func regionsOf(buckets []*topology.Destination) []string {
	var regions []string
	for _, b := range buckets {
		regions = append(regions, b.Region)
	}
	return topology.Unique(regions)
}

// archives are the storage classes whose objects nobody reads without restoring them.
// Source: Amazon S3 User Guide, "Understanding and managing Amazon S3 storage classes".
var archives = []string{"GLACIER", "DEEP_ARCHIVE"}

// readable is the bucket of one side of a replication, if CloudFront can read it.
func (r distributionResolver) readable(s *spec.Distribution, rep *topology.Replication, d *topology.Destination) *topology.Bucket {
	switch {
	case d.Existing:
		r.wrong(s.Origin.Range, "Origin that exists already", "CloudFront reads a bucket whose policy names the distribution, and postern changes no bucket that exists, as %q does. Write a bucket of replication.%s without existing.", d.Bucket.Bucket, rep.Name)
	case d.Distribution != nil:
		r.wrong(s.Origin.Range, "Two distributions of one bucket", "distribution.%s reads %q already, and its policy names one. Write the aliases of both into one distribution.", d.Distribution.Name, d.Bucket.Bucket)
	case slices.Contains(archives, d.StorageClass):
		r.wrong(s.Origin.Range, "Origin in an archive", "Replicas in %q are of the storage class %s, which has to be restored before anybody reads them. Write another storage_class in the to block of replication.%s.", d.Bucket.Bucket, d.StorageClass, rep.Name)
	default:
		return d.Bucket
	}
	return nil
}

var identityPattern = regexp.MustCompile(`^E[A-Z0-9]{10,20}$`)

// identityOf resolves as whom CloudFront reads. An origin access identity reads nothing that a KMS key encrypts.
// Source: Amazon CloudFront Developer Guide, "Restrict access to an Amazon S3 origin".
func (r distributionResolver) identityOf(s *spec.Distribution, d *topology.Distribution) {
	access := r.choice("\"access\" of distribution."+s.Name, s.Access, spec.Accesses...)
	switch id := s.Identity; {
	case access == "control" && id.IsSet():
		r.wrong(id.Range, "Identity without its access", "CloudFront reads as distribution.%s itself with access = \"control\", and needs no identity. Remove identity, or write access = \"identity\".", s.Name)
	case access != "identity":
	case !id.IsSet():
		r.missing(s.Header, s.Access.Range, "Access without its identity", "Nothing says which origin access identity distribution.%s keeps. Write identity = \"…\" with its ID, or remove access for the control that AWS recommends.", s.Name)
	case !identityPattern.MatchString(id.V):
		example := "an ID such as \"E2QWRUHAPOMQZL\""
		if last := id.V[strings.LastIndexAny(id.V, "/ ")+1:]; identityPattern.MatchString(last) {
			example = strconv.Quote(last)
		}
		r.wrong(id.Range, "Unknown form of identity", "%q does not look like the ID of an origin access identity. Write %s.", id.V, example)
	case d.Origin != nil && d.Origin.HasKey():
		r.wrong(s.Access.Range, "Identity that cannot decrypt", "A KMS key encrypts %q, and CloudFront decrypts nothing as an origin access identity. Write encryption = \"aws\" in %s, or access = \"control\".", d.Origin.Bucket, d.Origin.What)
	default:
		d.Identity = id.V
	}
}

var certificatePattern = regexp.MustCompile(`^arn:[a-z-]+:acm:[a-z0-9-]+:[0-9]{12}:certificate/[\w-]+$`)

// certificateRegion is where CloudFront looks for certificates.
// Source: Amazon CloudFront Developer Guide, "Requirements for using SSL/TLS certificates with CloudFront".
const certificateRegion = "us-east-1"

func (r distributionResolver) certificate(s *spec.Distribution, a *topology.Account) string {
	v := s.Certificate
	example := a.Partition.ARN("acm", certificateRegion, a.ID, "certificate/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f")
	parts := strings.Split(v.V, ":")
	switch {
	case !v.IsSet() && len(s.Aliases.V) > 0:
		r.missing(s.Header, s.Aliases.Range, "Aliases without a certificate", "CloudFront answers for %q with a certificate for that name alone. Add certificate = %q, with its ARN.", s.Aliases.V[0].V, example)
	case !v.IsSet():
	case !certificatePattern.MatchString(v.V):
		r.wrong(v.Range, "Unknown form of ARN", "%q is not the ARN of a certificate in ACM. Write one such as %q.", v.V, example)
	case parts[3] != certificateRegion:
		r.wrong(v.Range, "Certificate in the wrong region", "CloudFront takes certificates of %s alone, wherever its origin is, and this one is in %s. Write the ARN of a certificate in %s.", certificateRegion, parts[3], certificateRegion)
	case isKnown(a) && parts[4] != a.ID || parts[1] != a.Partition.Name:
		r.wrong(v.Range, "Certificate of another account", "CloudFront takes certificates of the distribution's account, which is account.%s (%s), and this one is of %s. Write the ARN of a certificate there.", a.Name, a.ID, parts[4])
	case len(s.Aliases.V) == 0:
		r.missing(s.Header, v.Range, "Certificate without aliases", "Without aliases distribution.%s has a name of CloudFront's alone, for which CloudFront has a certificate. Add aliases = [\"www.example.com\"], or remove certificate.", s.Name)
	default:
		return v.V
	}
	return ""
}

// aliasPattern is a domain name, or all names one part longer.
var aliasPattern = regexp.MustCompile(`^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)

// aliases are those of a distribution, sorted. CloudFront takes an alias once in a partition.
// Source: Amazon CloudFront Developer Guide, "Use custom URLs by adding alternate domain names (CNAMEs)".
func (r distributionResolver) aliases(s *spec.Distribution) []string {
	var all []string
	for _, v := range s.Aliases.V {
		i := slices.IndexFunc(r.topology.Distributions, func(d *topology.Distribution) bool { return slices.Contains(d.Aliases, v.V) })
		switch host := strings.TrimSuffix(strings.TrimPrefix(v.V, "https://"), "/"); {
		case host != v.V && aliasPattern.MatchString(host):
			r.wrong(v.Range, "Unknown form of alias", "%q is a URL, and an alias is the name of a host. Write %q.", v.V, host)
		case !aliasPattern.MatchString(v.V):
			r.wrong(v.Range, "Unknown form of alias", "%q is not the name of a host in the DNS. Write one such as \"www.example.com\", in lower case.", v.V)
		case i >= 0:
			r.wrong(v.Range, "Alias of two distributions", "CloudFront takes an alias once, and %q is one of distribution.%s. Remove it from one of them.", v.V, r.topology.Distributions[i].Name)
		default:
			all = append(all, v.V)
		}
	}
	return topology.Unique(all)
}

// indexPage is what CloudFront answers with for the root.
// Source: Amazon CloudFront Developer Guide, "Specify a default root object".
func (r distributionResolver) indexPage(s *spec.Distribution) string {
	page := s.Index.V
	if page == "" || len(page) > 255 || strings.HasPrefix(page, "/") || strings.ContainsAny(page, "*? \t\n\"") {
		r.wrong(s.Index.Range, "Unknown form of index", "The index is the key of an object in the bucket, and %q cannot be one. Write one such as \"index.html\", without a slash before it.", page)
	}
	return page
}

// logBucket is the name of the bucket for a distribution's access logs, beside the origin. CloudFront writes none into
// opt-in regions: its guide lists them, and that this holds for those it does not list yet is believed.
// Source: Amazon CloudFront Developer Guide, "Configure standard logging (legacy)".
func (r distributionResolver) logBucket(s *spec.Distribution, p topology.Place) string {
	name := spec.BucketName(r.topology.Prefix, s.Name+"-logs", p.Account.ID, p.Region)
	switch {
	case !aws.IsDefault(p.Region):
		r.wrong(s.Logs.Range, "Logs in an opt-in region", "CloudFront writes no access logs into buckets of regions to which accounts opt in, such as %s, where the origin of distribution.%s is. Remove logs, or write an origin in another region.", p.Region, s.Name)
	case len(name) > longestBucket:
		r.wrong(s.Logs.Range, "Bucket name too long", "The bucket for the logs would be called %q, which has %d characters, and S3 takes %d. Rename distribution.%s, or write a shorter prefix.", name, len(name), longestBucket, s.Name)
	}
	r.logs = append(r.logs, &topology.Bucket{What: "distribution." + s.Name, Range: s.Logs.Range, Place: p, Bucket: name})
	return name
}
