package topology

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// A Bucket is an S3 bucket of the spec.
type Bucket struct {
	Label string    // of its Terraform resources, in its place's storage stack: "web", "web_replica", "python_index"
	What  string    // it is, for reasons: "replication.web"
	Of    Block     // whose it is, by the address in What; nil: for logs, which no work asks for
	Range hcl.Range // of its name, or of the block that it follows from
	Place
	Bucket         string // its own name
	Existing       bool   // somebody else made it, and keeps its policy
	Encrypted      bool   // with its storage stack's key, and a bucket key; otherwise with S3's own keys
	KMSKey         string // ARN of the key of an existing bucket that has one
	NoncurrentDays int    // how long old versions stay
	Writers        []*Grant
	Readers        []*Grant      // of a package index
	ReplicaOf      *Replication  // whose role alone writes into it
	SourceOf       *Replication  // whose role reads it
	Distribution   *Distribution // that reads it
	Administrators []string      // ARNs that a package index never refuses
}

// ARN of the bucket.
func (b *Bucket) ARN() string { return b.Account.Partition.ARN("s3", "", "", b.Bucket) }

// Objects is the pattern of the ARNs of all objects in the bucket.
func (b *Bucket) Objects() string { return b.ARN() + "/*" }

// HasKey tells whether a key of KMS encrypts the bucket, its storage stack's or another.
func (b *Bucket) HasKey() bool { return b.Encrypted || b.KMSKey != "" }

// A Grant lets one caller use a bucket's objects, from where its requests to S3 come.
type Grant struct {
	Runner *Runner
	Role   *Role   // whose sessions ask; nil: the runner itself does
	ARN    string  // of the IAM role or user that asks; empty for a reader, which does not sign in
	From   []*Door // any of which its requests to S3 come through: a network's S3 gateway endpoint, or public addresses
}

// A Replication copies what is written into one bucket to others, as a role of its own.
type Replication struct {
	Name            string // the block's label
	Range           hcl.Range
	Role            string // the role's own name, in the source's account
	Source          *Bucket
	Destinations    []*Destination // by place
	Prefix          string
	ObjectTags      []Tag
	TimeControl     bool
	DeleteMarkers   bool
	ExistingObjects bool
}

// RoleARN is the ARN of the role that S3 acts as.
func (r *Replication) RoleARN() string {
	a := r.Source.Account
	return a.Partition.ARN("iam", "", a.ID, "role/"+r.Role)
}

// literally escapes what IAM reads in text. Source: IAM User Guide, "IAM policy elements: Variables and tags", special characters.
var literally = strings.NewReplacer("$", "${$}", "*", "${*}", "?", "${?}")

// Within is the pattern of the ARNs of the objects in a bucket that are copied. The prefix is text.
func (r *Replication) Within(b *Bucket) string {
	return b.ARN() + "/" + literally.Replace(r.Prefix) + "*"
}

// A Destination is a bucket that receives replicas.
type Destination struct {
	*Bucket
	StorageClass string // empty: the source object's own
}

// HandsOver tells whether the destination's account has to be made the owner of what arrives: it is not the source's.
func (r *Replication) HandsOver(d *Destination) bool { return d.Account != r.Source.Account }

// A Distribution is CloudFront in front of a bucket. It is in the bucket's storage stack: the policies of bucket and key name it.
type Distribution struct {
	Name        string // the block's label
	Range       hcl.Range
	Origin      *Bucket
	Aliases     []string
	Certificate string // ARN; empty: CloudFront's own
	Index       string
	Identity    string // ID of an origin access identity that exists; empty: an origin access control is made
	LogBucket   string // name of the bucket for access logs; empty: none
}

// A PackageIndex is a private index of Python packages in a bucket.
type PackageIndex struct {
	Name   string // the block's label
	Range  hcl.Range
	Bucket *Bucket
	Proxy  *Proxy // nil: readers ask S3 itself
}

// A Proxy is API Gateway in front of a package index, for readers whose requests to S3 carry no address.
type Proxy struct {
	API     string   // its name
	Role    string   // the name of the role that it reads the bucket as
	Readers []*Grant // by public addresses
}
