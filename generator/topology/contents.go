package topology

import (
	"fmt"
	"slices"
	"strings"
)

// What each kind of block has in the stacks.

// Parts of an account are none: its blocks have them.
func (a *Account) Parts(*Topology) []Part { return nil }

// Parts of a network are its VPC, or what is made in an existing one.
func (n *Network) Parts(*Topology) []Part {
	return []Part{{Place: n.Place, Layer: NetworkLayer, What: n.Address() + ": " + n.describe()}}
}

// describe is the network in a few words: its range and zones, its way out, its endpoints.
func (n *Network) describe() string {
	var parts []string
	if n.Existing != nil {
		parts = append(parts, "in `"+n.Existing.ID+"`, which exists already")
	} else {
		letters := make([]string, len(n.Zones))
		for i, z := range n.Zones {
			letters[i] = z.Letter
		}
		parts = append(parts, fmt.Sprintf("%s in zones %s", n.CIDR, strings.Join(letters, ", ")))
	}
	if n.NAT {
		parts = append(parts, "a way out through NAT")
	} else if n.Existing == nil {
		parts = append(parts, "no way out")
	}
	if len(n.Endpoints) > 0 {
		names := make([]string, len(n.Endpoints))
		for i, e := range n.Endpoints {
			names[i] = string(e.Service)
		}
		parts = append(parts, "endpoints "+strings.Join(names, ", "))
	}
	return strings.Join(parts, "; ")
}

// Parts of a repository are one.
func (r *Repository) Parts(t *Topology) []Part {
	return []Part{{Place: r.Place, Layer: StorageLayer, What: r.Address() + ": `" + r.CloneURL() + "`", Encrypted: t.Encrypted}}
}

// Parts of an image are one.
func (i *Image) Parts(t *Topology) []Part {
	return []Part{{Place: i.Place, Layer: StorageLayer, What: i.Address() + ": `" + i.URL() + "`", Encrypted: t.Encrypted}}
}

// Parts of an issuer are its providers, where they do not exist already.
func (i *Issuer) Parts(*Topology) []Part {
	var parts []Part
	for _, a := range i.Accounts {
		if !slices.Contains(i.Existing, a) {
			parts = append(parts, Part{Place: a.Global(), Layer: IdentityLayer, What: i.Address() + ": OIDC provider for `" + i.Host() + "`"})
		}
	}
	return parts
}

// Parts of a runner are a project and its log, or what stands around machines of somebody's own.
func (r *Runner) Parts(t *Topology) []Part {
	switch {
	case r.Build != nil:
		return []Part{
			{Place: r.Network.Place, Layer: DeliveryLayer, What: r.Address() + ": CodeBuild project `" + r.Project + "` in " + r.Network.Address()},
			{Place: r.Network.Place, Layer: StorageLayer, Encrypted: t.Encrypted, LogGroup: r.LogGroupARN()},
		}
	case r.Network != nil:
		return []Part{{Place: r.Network.Place, Layer: NetworkLayer, What: r.Address() + ": security group `" + r.Group + "`, for machines in " + r.Network.Address()}}
	}
	return nil
}

// Parts of a role are one.
func (r *Role) Parts(*Topology) []Part {
	return []Part{{Place: r.Account.Global(), Layer: IdentityLayer, What: r.Address() + ": `" + r.Role + "`"}}
}

// Parts of a replication are its rule, with the role, and its buckets.
func (r *Replication) Parts(*Topology) []Part {
	before := ""
	if r.Source.Existing || slices.ContainsFunc(r.Destinations, func(d *Destination) bool { return d.Existing }) {
		before = "; first, owners of existing buckets do what its README.md says"
	}
	parts := append([]Part{{Place: r.Source.Place, Layer: DeliveryLayer, What: fmt.Sprintf("%s: from `%s` to %s%s", r.Address(), r.Source.Bucket, r.receivers(), before)}}, r.Source.parts()...)
	for _, d := range r.Destinations {
		parts = append(parts, d.parts()...)
	}
	return parts
}

// receivers are the destinations in a sentence.
func (r *Replication) receivers() string {
	names := make([]string, len(r.Destinations))
	for i, d := range r.Destinations {
		names[i] = "`" + d.Bucket.Bucket + "`"
	}
	return strings.Join(names, ", ")
}

// Parts of a distribution are one.
func (d *Distribution) Parts(*Topology) []Part {
	return []Part{{Place: d.Origin.Place, Layer: StorageLayer, What: d.Address() + ": CloudFront in front of `" + d.Origin.Bucket + "`"}}
}

// Parts of a package index are its bucket and what is in front of it.
func (i *PackageIndex) Parts(*Topology) []Part {
	var parts []Part
	if i.Proxy != nil {
		parts = append(parts, Part{Place: i.Bucket.Place, Layer: StorageLayer, What: fmt.Sprintf("%s: API Gateway `%s` in front of `%s`", i.Address(), i.Proxy.API, i.Bucket.Bucket)})
	}
	return append(parts, i.Bucket.parts()...)
}

// parts are the bucket, unless it exists already.
func (b *Bucket) parts() []Part {
	if b.Existing {
		return nil
	}
	what := b.What + ": bucket `" + b.Bucket + "`"
	if b.ReplicaOf != nil {
		what += ", with replicas from `" + b.ReplicaOf.Source.Bucket + "`"
	}
	return []Part{{Place: b.Place, Layer: StorageLayer, What: what, Encrypted: b.Encrypted, Bucket: b.Bucket}}
}
