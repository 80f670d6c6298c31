package topology

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Places are all places where the topology has something, by account and region.
func (t *Topology) Places() []Place {
	seen := map[Place]bool{}
	for _, n := range t.Networks {
		seen[n.Place] = true
	}
	for _, r := range t.Repositories {
		seen[r.Place] = true
	}
	for _, r := range t.Roles {
		seen[r.Account.Global()] = true
	}
	for _, i := range t.Images {
		seen[i.Place] = true
	}
	for _, b := range t.Buckets {
		if !b.Existing || b.SourceOf != nil { // whose delivery stack has the role
			seen[b.Place] = true
		}
	}
	places := make([]Place, 0, len(seen))
	for p := range seen {
		places = append(places, p)
	}
	slices.SortFunc(places, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.Account.Name, b.Account.Name), cmp.Compare(a.Region, b.Region))
	})
	return places
}

// Contents says for each place what a layer holds there, in a few words each.
func (t *Topology) Contents(l Layer) map[Place][]string {
	out := map[Place][]string{}
	add := func(p Place, format string, args ...any) { out[p] = append(out[p], fmt.Sprintf(format, args...)) }
	switch l {
	case NetworkLayer:
		for _, n := range t.Networks {
			add(n.Place, "network.%s: %s", n.Name, n.describe())
			for _, r := range n.Runners {
				if r.Build == nil {
					add(n.Place, "runner.%s: security group `%s`, for machines in network.%s", r.Name, r.Group, n.Name)
				}
			}
		}
	case StorageLayer:
		for _, i := range t.Images {
			add(i.Place, "image.%s: `%s`", i.Name, i.URL())
		}
		for _, r := range t.Repositories {
			add(r.Place, "repository.%s: `%s`", r.Name, r.CloneURL())
		}
		t.published(add)
		for p := range t.KeyUsers() {
			add(p, "the key that encrypts what is stored here")
		}
	case IdentityLayer:
		for _, i := range t.Issuers {
			for _, a := range i.Accounts {
				if !slices.Contains(i.Existing, a) {
					add(a.Global(), "issuer.%s: OIDC provider for `%s`", i.Name, i.Host())
				}
			}
		}
		for _, r := range t.Roles {
			add(r.Account.Global(), "role.%s: `%s`", r.Name, r.Role)
		}
	case DeliveryLayer:
		for _, r := range t.CodeBuilds() {
			add(r.Network.Place, "runner.%s: CodeBuild project `%s` in network.%s", r.Name, r.Project, r.Network.Name)
		}
		for _, r := range t.Replications {
			before := ""
			if r.Source.Existing || slices.ContainsFunc(r.Destinations, func(d *Destination) bool { return d.Existing }) {
				before = "; first, owners of existing buckets do what its README.md says"
			}
			add(r.Source.Place, "replication.%s: from `%s` to %s%s", r.Name, r.Source.Bucket, r.receivers(), before)
		}
	}
	return out
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

// KeyUsers are the places that have a storage key, each with the log groups of its runners that the key encrypts.
func (t *Topology) KeyUsers() map[Place][]string {
	users := map[Place][]string{}
	for _, b := range t.Buckets {
		if b.Encrypted {
			users[b.Place] = nil
		}
	}
	if !t.Encrypted {
		return users
	}
	for _, i := range t.Images {
		users[i.Place] = nil
	}
	for _, r := range t.Repositories {
		users[r.Place] = nil
	}
	for _, r := range t.CodeBuilds() {
		users[r.Network.Place] = append(users[r.Network.Place], r.LogGroupARN())
	}
	return users
}
