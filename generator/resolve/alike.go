package resolve

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// Runners look alike to a role that admits one of them when the other shows the same tokens, or is the same principal,
// and comes from where the one comes.

// A space is the addresses in which runners that show the same tokens, or are one principal, may be taken for one another.
type space struct {
	issuer    *topology.Issuer
	principal string
	network   *topology.Network // nil: the internet
	nat       bool              // the gateways of the network, whatever the address behind them
}

// shared is what makes runners look alike, and what each of them needs of its own.
func (s space) shared() (what, own string) {
	what, own = "the issuer", "of its own"
	if s.issuer == nil {
		what, own = "the principal", "or a principal of its own"
	}
	switch {
	case s.nat:
		return what + " and the NAT gateways of network." + s.network.Name, "a network " + own
	case s.network != nil:
		return what + " and addresses in network." + s.network.Name, "addresses there or a network " + own
	}
	return what + " and public addresses", "addresses " + own
}

// A stand is a range of a space from which requests to STS may come.
type stand struct {
	space
	netip.Prefix
}

// A crowd is the runners that share a stand.
type crowd struct {
	stand
	runners []*topology.Runner
	doors   []*topology.Runner // of these, those that a role admits from here
}

// everywhere is the stand behind a NAT gateway.
var everywhere = netip.MustParsePrefix("0.0.0.0/0")

// A crowdResolver resolves runners that look alike.
type crowdResolver struct{ *resolver }

// crowds are all stands of all runners, sorted so that ranges come after those around them.
func (r crowdResolver) crowds() map[space][]*crowd {
	at := map[stand]*crowd{}
	spaces := map[space][]*crowd{}
	for _, runner := range r.topology.Runners {
		if runner.Issuer == nil && runner.Principal == "" {
			continue
		}
		for s, door := range r.stands(runner) {
			c := at[s]
			if c == nil {
				c = &crowd{stand: s}
				at[s] = c
				spaces[s.space] = append(spaces[s.space], c)
			}
			c.runners = append(c.runners, runner)
			if door {
				c.doors = append(c.doors, runner)
			}
		}
	}
	for _, crowds := range spaces {
		slices.SortFunc(crowds, func(a, b *crowd) int { return a.Prefix.Compare(b.Prefix) })
	}
	return spaces
}

// stands are where a runner's requests to STS may come from, and whether a door is there: if not, it comes to the NAT
// gateways of its network by asking STS of another region, for which the endpoint does not answer.
func (r crowdResolver) stands(runner *topology.Runner) map[stand]bool {
	out := map[stand]bool{}
	add := func(way *topology.Door, door bool) {
		s := space{issuer: runner.Issuer, principal: runner.Principal, network: way.Endpoint}
		for _, a := range way.Addresses {
			out[stand{s, a}] = door
		}
		for _, n := range way.NATs {
			s.network, s.nat = n, true
			out[stand{s, everywhere}] = door
		}
	}
	ways := doorResolver{r.resolver}.ways(runner)
	for _, way := range ways {
		add(way, true)
	}
	if n := runner.Network; n != nil && n.NAT && ways[0].Endpoint != nil {
		add(n.Out(), false)
	}
	return out
}

// lookAlikes are, for each runner, the crowds that its doors admit.
func (r crowdResolver) lookAlikes() map[*topology.Runner][]*crowd {
	found := map[*topology.Runner][]*crowd{}
	meet := func(at, other *crowd) {
		for _, runner := range at.doors {
			found[runner] = append(found[runner], other)
		}
	}
	for _, crowds := range r.crowds() {
		var around []*crowd // the ranges that the next one may be inside of
		for _, next := range crowds {
			for len(around) > 0 && !topology.Contains(around[len(around)-1].Prefix, next.Prefix) {
				around = around[:len(around)-1]
			}
			for _, c := range around {
				meet(c, next)
				meet(next, c)
			}
			meet(next, next)
			around = append(around, next)
		}
	}
	for _, crowds := range found {
		slices.SortFunc(crowds, func(a, b *crowd) int {
			what, _ := a.shared()
			other, _ := b.shared()
			return cmp.Or(cmp.Compare(what, other), a.Prefix.Compare(b.Prefix))
		})
	}
	return found
}

// keepApart reports the runners that a role would admit besides its own.
func (r crowdResolver) keepApart(blocks []*spec.Role) {
	alike := r.lookAlikes()
	for _, s := range blocks {
		role := find[*topology.Role](r, s.Name)
		if role == nil {
			continue
		}
		passed := map[*topology.Runner]bool{} // listed, or reported
		for _, runner := range role.Runners {
			passed[runner] = true
		}
		seen := map[*crowd]bool{}
		for _, ref := range s.Runners.V {
			for _, c := range alike[find[*topology.Runner](r, ref.V.Name)] {
				if seen[c] {
					continue
				}
				seen[c] = true
				r.exclude(role, ref, c, passed)
			}
		}
	}
}

// exclude reports the runners of a crowd that have not passed.
func (r crowdResolver) exclude(role *topology.Role, ref spec.Value[spec.Target], c *crowd, passed map[*topology.Runner]bool) {
	const most = 3
	var others []string
	for _, other := range c.runners {
		if !passed[other] {
			passed[other] = true
			others = append(others, "runner."+other.Name)
		}
	}
	if len(others) == 0 {
		return
	}
	if more := len(others) - most; more > 0 {
		others = append(others[:most], fmt.Sprintf("%d more", more))
	}
	last := len(others) - 1
	with := others[last]
	if last > 0 {
		with = strings.Join(others[:last], ", ") + " and " + with
	}
	what, own := c.shared()
	r.wrong(ref.Range, "Runners that look alike",
		"%s shares %s with %s, and no policy could tell them apart: role.%s would admit each of them. List them in runners if that is meant, or give each %s.",
		ref.V, what, with, role.Name, own)
}
