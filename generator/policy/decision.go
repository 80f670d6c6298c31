package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// An Outcome is how a request was decided.
type Outcome int

const (
	ImplicitlyDenied Outcome = iota // an Allow that is needed is missing
	ExplicitlyDenied                // a Deny decides
	Allowed
)

func (o Outcome) String() string {
	return [...]string{"ImplicitlyDenied", "ExplicitlyDenied", "Allowed"}[o]
}

// A Decision is the outcome of a request, with its reasons.
type Decision struct {
	Outcome     Outcome
	By          []Hit // the statements that allowed, or the one that denied
	Request     Request
	lacking     []Kind // kinds of policy whose Allow is missing
	alternative []Kind // kinds whose Allow would have done instead
	policies    []*Policy
}

// Allowed tells whether the request goes through.
func (d Decision) Allowed() bool { return d.Outcome == Allowed }

// Lacking are the kinds of policy that would have to allow an implicitly denied request too.
func (d Decision) Lacking() []Kind { return d.lacking }

// A Hit is a statement of a policy.
type Hit struct {
	Policy *Policy
	Index  int // in the document
}

// Statement is the statement as written.
func (h Hit) Statement() Statement { return h.Policy.Document.Statements[h.Index] }

// String says which statement of which policy it is.
func (h Hit) String() string {
	name := "statement " + strconv.Itoa(h.Index+1)
	if sid := h.Statement().Sid; sid != "" {
		name = "statement " + sid
	}
	if h.Policy.Name == "" {
		return name + " of the " + h.Policy.Kind.String()
	}
	return name + " of the " + h.Policy.Kind.String() + " of " + h.Policy.Name
}

// A Miss is a statement that would have allowed the request, and why it did not.
type Miss struct {
	Hit
	Failures []Failure
}

// A Failure is the element of a statement that the request did not meet.
type Failure struct {
	Element   string     // "Action", "Principal", "Resource" or "Condition"
	Condition *Condition // the condition that failed
	Has       []Text     // what the request has in its place; none if the condition's key is absent
}

// Misses are the Allow statements that the request lacked, the nearest first: those that speak of its action, caller and
// resource, and of these the ones with the fewest conditions unmet.
func (d Decision) Misses() []Miss {
	q := newQuery(&d.Request)
	var out []Miss
	for _, p := range d.policies {
		if !slices.Contains(d.lacking, p.Kind) && !slices.Contains(d.alternative, p.Kind) {
			continue
		}
		for i := range p.statements {
			if s := &p.statements[i]; s.effect == Allow {
				out = append(out, Miss{Hit{Policy: p, Index: i}, s.failures(&q, p)})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Miss) int { return cmp.Compare(a.distance(), b.distance()) })
	return out
}

// distance weighs an element more than any number of conditions, and the action most: a statement about something else
// is no near miss.
func (m Miss) distance() int {
	weights := map[string]int{"Condition": 1, "Resource": 1_000, "Principal": 2_000, "Action": 10_000}
	sum := 0
	for _, f := range m.Failures {
		sum += weights[f.Element]
	}
	return sum
}

func (s *statement) failures(q *query, p *Policy) []Failure {
	var out []Failure
	if !s.hasAction(q) {
		out = append(out, Failure{Element: "Action", Has: Literals(q.Action)})
	}
	if s.grantTo(q, p.Kind) == ToNobody {
		out = append(out, Failure{Element: "Principal", Has: Literals(q.Caller.String())})
	}
	if !s.hasResource(q) {
		out = append(out, Failure{Element: "Resource", Has: []Text{q.Resource}})
	}
	for i := range s.tests {
		if t := &s.tests[i]; !t.holds(q) {
			out = append(out, Failure{Element: "Condition", Condition: t.source, Has: q.texts(t.key)})
		}
	}
	return out
}

// texts are the request's values for a key as they were given.
func (q *query) texts(key string) []Text {
	if i, set := q.Context.find(key); set {
		return q.Context.keys[i].texts
	}
	return q.implied(key)
}

// String says what failed: "IpAddress aws:SourceIp 192.0.2.0/24 does not hold for 198.51.100.1".
func (f Failure) String() string {
	if f.Element != "Condition" {
		return fmt.Sprintf("the %s does not match %s", strings.ToLower(f.Element), list(f.Has))
	}
	c := f.Condition
	test := c.Operator + " " + c.Key + " " + list(c.Values)
	if len(f.Has) == 0 {
		return test + " does not hold: the request has no " + c.Key
	}
	return test + " does not hold for " + list(f.Has)
}

func list(texts []Text) string {
	const most = 3
	var out []string
	for i, t := range texts {
		if i == most && len(texts) > most+1 {
			out = append(out, fmt.Sprintf("%d more", len(texts)-most))
			break
		}
		out = append(out, t.String())
	}
	return strings.Join(out, ", ")
}

// String says what decided, on one line for the outcome and one for each near miss.
func (d Decision) String() string {
	if d.Outcome != ImplicitlyDenied {
		verb := "allowed by "
		if d.Outcome == ExplicitlyDenied {
			verb = "denied by "
		}
		var by []string
		for _, h := range d.By {
			by = append(by, h.String())
		}
		if len(by) == 0 {
			return "allowed: no policy has to"
		}
		return verb + strings.Join(by, " and ")
	}
	var lines []string
	misses := d.Misses()
	for _, k := range slices.Concat(d.lacking, d.alternative) {
		lines = append(lines, d.lack(k, misses))
	}
	return "denied: " + strings.Join(lines, "\ndenied: ")
}

// lack says why policies of one kind do not allow.
func (d Decision) lack(k Kind, misses []Miss) string {
	if !slices.ContainsFunc(d.policies, func(p *Policy) bool { return p.Kind == k }) {
		return "there is no " + k.String()
	}
	out := "no statement of the " + k.String() + " allows it"
	nearest := -1
	for _, m := range misses {
		if m.Policy.Kind != k || nearest >= 0 && m.distance() > nearest {
			continue
		}
		nearest = m.distance()
		var why []string
		for _, f := range m.Failures {
			why = append(why, f.String())
		}
		out += "\n  " + m.Hit.String() + ": " + strings.Join(why, "; ")
	}
	return out
}
