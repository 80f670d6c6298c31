package topology

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/postern-dev/postern/generator/spec"
)

// Runners look alike to a role that admits one of them when the other shows the same tokens, or is the same principal,
// and comes from where the one comes.

// An alikeness is a runner whose requests come from where another's come, as far as a policy can tell.
type alikeness struct {
	*Runner
	how string
}

// A stand is where a runner's requests may come from, in a space of addresses that is the same for all in it.
type stand struct {
	netip.Prefix
	*Runner
	door bool // a door for the runner stands here; otherwise it could only come from here
}

// A space is the addresses in which runners that show the same tokens, or are one principal, may be taken for one another.
type space struct {
	issuer    *Issuer
	principal string
	network   *Network // nil: the internet
	nat       bool     // the gateways of the network, whatever the address behind them
}

// lookAlikes are, for each runner, the others that its doors cannot keep out.
func (r *resolver) lookAlikes() map[*Runner][]alikeness {
	spaces := map[space][]stand{}
	for _, runner := range r.topology.Runners {
		if runner.Issuer == nil && runner.Principal == "" {
			continue
		}
		for s, stand := range r.stands(runner) {
			spaces[s] = append(spaces[s], stand...)
		}
	}
	found := map[*Runner][]alikeness{}
	for s, stands := range spaces {
		slices.SortStableFunc(stands, func(a, b stand) int { return a.Prefix.Compare(b.Prefix) })
		var open []stand // ranges around the next one
		for _, next := range stands {
			for len(open) > 0 && !contains(open[len(open)-1].Prefix, next.Prefix) {
				open = open[:len(open)-1]
			}
			for _, around := range open {
				s.meet(found, around, next)
				s.meet(found, next, around)
			}
			open = append(open, next)
		}
	}
	for r, others := range found {
		slices.SortFunc(others, func(a, b alikeness) int { return cmp.Or(byRunner(a.Runner, b.Runner), cmp.Compare(a.how, b.how)) })
		found[r] = slices.Compact(others)
	}
	return found
}

func (s space) meet(found map[*Runner][]alikeness, admitted, other stand) {
	if admitted.Runner == other.Runner || !admitted.door {
		return
	}
	how := "has public addresses of"
	switch {
	case s.nat:
		how = "leaves network." + s.network.Name + " through the same NAT gateways as"
	case s.network != nil:
		how = "has addresses in network." + s.network.Name + " that may be those of"
	}
	found[admitted.Runner] = append(found[admitted.Runner], alikeness{other.Runner, how})
}

var everywhere = netip.MustParsePrefix("0.0.0.0/0")

// stands are where a runner's requests to STS may come from: its doors, and the NAT gateways of its network, to which it
// comes by asking STS of another region, for which the endpoint does not answer.
func (r *resolver) stands(runner *Runner) map[space][]stand {
	out := map[space][]stand{}
	add := func(way *Door, door bool) {
		s := space{issuer: runner.Issuer, principal: runner.Principal, network: way.Endpoint}
		for _, a := range way.Addresses {
			out[s] = append(out[s], stand{a, runner, door})
		}
		for _, n := range way.NATs {
			s.network, s.nat = n, true
			out[s] = append(out[s], stand{everywhere, runner, door})
		}
	}
	ways := r.ways(runner)
	for _, way := range ways {
		add(way, true)
	}
	if n := runner.Network; n != nil && n.NAT && ways[0].Endpoint != nil {
		add(n.out(), false)
	}
	return out
}

// keepApart reports the runners that a role would admit besides its own.
func (r *resolver) keepApart(blocks []*spec.Role) {
	alike := r.lookAlikes()
	for _, s := range blocks {
		role := r.roles[s.Name]
		if role == nil {
			continue
		}
		listed := map[*Runner]bool{}
		for _, runner := range role.Runners {
			listed[runner] = true
		}
		reported := map[*Runner]bool{}
		for _, ref := range s.Runners.V {
			for _, other := range alike[r.runners[ref.V.Name]] {
				if listed[other.Runner] || reported[other.Runner] {
					continue
				}
				reported[other.Runner] = true
				r.wrong(ref.Range, "Runners that look alike",
					"runner.%s %s %s, and no policy could tell them apart: role.%s would admit it as well. List both in runners if that is meant, or give each of them addresses or a network of its own.",
					other.Name, other.how, ref.V, role.Name)
			}
		}
	}
}
