package proof

import (
	"cmp"
	"slices"
)

// BucketAccess is who uses a bucket, and what becomes of what is in it.
type BucketAccess struct {
	Bucket  string // its name
	Of      string // "replication.web"
	Owner   string // the label of the account that owns what arrives
	Key     string // what encrypts it, in a few words
	Theirs  bool   `json:",omitempty"` // it exists already, and its own policies count
	Logs    bool   `json:",omitempty"` // access logs of CloudFront, which writes them by an ACL
	Writers []Use  `json:",omitempty"`
	Readers []Use  `json:",omitempty"`
}

// A Use is somebody who uses a bucket by one way.
type Use struct {
	Who  string
	From string   `json:",omitempty"` // empty: anywhere
	For  string   // "publishing"
	By   []Ground `json:",omitempty"` // the statements that let it through; none if others than those of the tree do; see Explained
}

func (u Use) same(other Use) bool {
	return u.Who == other.Who && u.From == other.From && u.For == other.For
}

// about is the bucket as ACCESS.md has it, without who uses it.
func (v *vault) about() BucketAccess {
	a := BucketAccess{Bucket: v.Bucket.Bucket, Of: v.What, Owner: v.Account.Name, Theirs: v.Existing, Key: "keys of S3's own"}
	switch {
	case v.KMSKey != "":
		a.Key = code(v.KMSKey)
	case v.Encrypted:
		a.Key = "the storage key of " + placeName(v.Place)
	}
	return a
}

const aboutBuckets = `
Tried on each that is made here: everybody who is not in its rows, from the places of those who are and from others; and those who
are, from elsewhere. Among them are other roles and users of its account, administrators too; other accounts; services of AWS; other
distributions of CloudFront; whoever does not sign in. None of them may write, and none but those of its account may read, unless
it is said below. Nobody may do anything without TLS.
`

const aboutLogs = `CloudFront writes here by an ACL. The policy refuses what is asked without TLS, and nothing else: the account itself may write. Other
accounts, services and whoever does not sign in were tried, and may neither write nor read.
`

// buckets are those of the spec.
func (b *page) buckets(a Access) {
	if len(a.Buckets) == 0 {
		return
	}
	b.WriteString("\n## Buckets\n")
	if slices.ContainsFunc(a.Buckets, func(a BucketAccess) bool { return !a.Theirs }) {
		b.WriteString(aboutBuckets)
	}
	for _, bucket := range a.Buckets {
		b.bucket(bucket)
	}
}

func (b *page) bucket(a BucketAccess) {
	b.WriteString("\n### " + a.Bucket + "\n\n")
	if a.Theirs {
		b.WriteString("Of " + a.Of + ", in account." + a.Owner + ", encrypted with " + a.Key + ".\nIt exists already: its own policies say who else uses it, and from where. Nothing here tests that.\n")
	} else {
		b.WriteString("Of " + a.Of + ". What arrives belongs to account." + a.Owner + ", encrypted with " + a.Key + ".\n")
	}
	if a.Logs {
		b.WriteString("\n" + aboutLogs)
	}
	if len(a.Writers)+len(a.Readers) == 0 {
		return
	}
	b.table("may", "who", "from")
	b.uses("write", a.Writers)
	b.uses("read", a.Readers)
}

func (b *page) uses(may string, all []Use) {
	for _, u := range all {
		b.row(may+": "+u.For, u.Who, cmp.Or(u.From, "anywhere"))
	}
}
