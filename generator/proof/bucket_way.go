package proof

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// An entry is one way by which a grant lets somebody in.
type entry struct {
	way      string         // in a few words: "`198.51.100.4/30`"
	address  policy.Text    // on the internet
	endpoint *home          // that it leads through, in place of an address; nil: none
	inside   []netip.Prefix // where in the endpoint's network; none: anywhere
}

// entries are the ways of a grant, as a page has them.
func (v *vault) entries(g *topology.Grant) (out []entry) {
	for _, d := range g.From {
		if d.Endpoint != nil {
			h := v.home(d.Endpoint)
			out = append(out, entry{way: "network." + h.Name + ", through its S3 endpoint", endpoint: h, inside: g.Runner.Addresses})
			continue
		}
		for _, p := range d.Addresses {
			out = append(out, entry{way: code(p.String()), address: policy.Literal(p.String())})
		}
		for _, n := range d.NATs {
			gateways := v.home(n).gateways()
			v.holds(len(gateways) == len(n.Zones), Published, v.at(), "Requests from network.%s come from %d addresses, and it has a NAT gateway in each of %d zones.", n.Name, len(gateways), len(n.Zones))
			for _, nat := range gateways {
				out = append(out, entry{way: "the " + nat.name, address: evidence.Text(nat.address)})
			}
		}
	}
	return out
}

// A crossing is what AWS sees of requests that come in by some ways: over the internet from some addresses, or through an
// endpoint.
type crossing struct {
	conditions []policy.Condition
	endpoint   *home // nil: none
}

// crossings are those of entries: one for all addresses, and one for each endpoint.
func (v *vault) crossings(entries []entry) (out []crossing) {
	var addresses []policy.Text
	for _, e := range entries {
		if e.endpoint == nil {
			addresses = append(addresses, e.address)
		}
	}
	if len(addresses) > 0 {
		out = append(out, crossing{conditions: []policy.Condition{{Operator: "IpAddress", Key: "aws:SourceIp", Values: addresses}}})
	}
	for _, e := range entries {
		if e.endpoint != nil && e.endpoint.endpoint(aws.S3) != nil { // reported where it is missing
			out = append(out, crossing{[]policy.Condition{{Operator: "StringEquals", Key: "aws:SourceVpce", Values: []policy.Text{e.endpoint.s3()}}}, e.endpoint})
		}
	}
	return out
}

// s3 is the id of the network's endpoint for S3.
func (h *home) s3() policy.Text { return evidence.Text(h.endpoint(aws.S3).ID()) }

// by is the crossing with all else that AWS sees of a runner's requests, as far as some policies look at it.
func (v *vault) by(c crossing, r *topology.Runner, decide []*policy.Policy) []policy.Condition {
	out := slices.Clone(c.conditions)
	tests := func(key string) bool {
		return slices.ContainsFunc(decide, func(p *policy.Policy) bool { return testsAny(p, strings.ToLower(key)) })
	}
	if tests(viaService) {
		out = append(out, policy.When("Bool", viaService, "false"))
	}
	if c.endpoint == nil {
		return out
	}
	if tests("aws:SourceVpc") {
		out = append(out, policy.Condition{Operator: "StringEquals", Key: "aws:SourceVpc", Values: []policy.Text{evidence.Text(c.endpoint.vpc)}})
	}
	if inside := r.Inside(); tests("aws:VpcSourceIp") && len(inside) > 0 {
		out = append(out, within("IpAddress", inside))
	} else if tests("aws:VpcSourceIp") {
		out = append(out, policy.When("Null", "aws:VpcSourceIp", "false"))
	}
	return out
}

// within compares the address in a VPC that a request comes from.
func within(operator string, ranges []netip.Prefix) policy.Condition {
	c := policy.Condition{Operator: operator, Key: "aws:VpcSourceIp"}
	for _, p := range ranges {
		c.Values = append(c.Values, policy.Literal(p.String()))
	}
	return c
}

// narrowed says in which ranges of the network on the way those of a statement have to be, "" if anywhere in it does.
func (v *vault) narrowed(e entry, s policy.Statement, all []*topology.Grant) string {
	if len(e.inside) == 0 || v.admits == nil || !testsAny(v.admits, "aws:vpcsourceip") {
		return ""
	}
	var ranges []netip.Prefix
	for _, g := range all {
		if slices.ContainsFunc(g.From, func(d *topology.Door) bool { return d.Endpoint == e.endpoint.Network }) {
			ranges = append(ranges, g.Runner.Addresses...)
		}
	}
	s.Conditions = append(s.Conditions, []policy.Condition{{Operator: "StringEquals", Key: "aws:SourceVpce", Values: []policy.Text{e.endpoint.s3()}}, within("NotIpAddress", ranges), secure, policy.When("Null", "aws:VpcSourceIp", "false")}...)
	elsewhere := bySpec(policy.Document{Statements: []policy.Statement{s}})
	r, told := v.ask(question{decide: []*policy.Policy{v.admits, anyIdentity}, beside: []*policy.Policy{elsewhere}, within: v.own(), where: v.at()})
	if !told || !r.passes.And(r.universe.Of(elsewhere)).Possible().IsEmpty() {
		return ""
	}
	return ", from " + strings.Join(named("", codes(texts(e.inside))), " or ") + " alone"
}

func texts(ranges []netip.Prefix) (out []string) {
	for _, p := range ranges {
		out = append(out, p.String())
	}
	return out
}

// caller is who a grant is for, in the words of the spec.
func caller(g *topology.Grant) string {
	if g.Role != nil {
		return "role." + g.Role.Name
	}
	return "runner." + g.Runner.Name
}

func cond[T any](is bool, yes, no T) T {
	if is {
		return yes
	}
	return no
}
