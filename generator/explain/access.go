package explain

import (
	"cmp"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/proof"
	"github.com/postern-dev/postern/generator/topology"
)

// Who gets in, and by what, is asked of the proof's report.

// entries are the ways into a role, each by the statements that let it in.
func (e *explainer) entries(r *topology.Role) (out []Fact) {
	for _, a := range e.access.Roles {
		if a.Role != r.Name {
			continue
		}
		for _, w := range a.Ways {
			out = append(out, e.by(comer(w)+": ", w.By)...)
		}
	}
	return out
}

// by is a fact for each of the statements that let somebody in.
func (e *explainer) by(who string, by []proof.Ground) (out []Fact) {
	for _, g := range by {
		out = append(out, Fact{who + g.Statement, e.place(g.At)})
	}
	return out
}

// comer is who comes into a role on a way, and from where.
func comer(w proof.Way) string {
	from := w.Place
	if w.Address != "" {
		from = w.Address + ", " + w.Place
	}
	how := "with a token"
	if len(w.As) > 0 {
		how = "as itself"
	}
	runners := make([]string, len(w.Runners))
	for i, r := range w.Runners {
		runners[i] = "runner." + r
	}
	return strings.Join(runners, ", ") + " " + how + " from " + from
}

// refused are tokens that the proof found a role to refuse, from the right place as well.
func (e *explainer) refused(r *topology.Role) []Fact {
	for _, a := range e.access.Roles {
		if a.Role == r.Name {
			return facts(a.Refused...)
		}
	}
	return nil
}

// openings are the doors of something in the spec, each to somebody, or for something that they come for.
func (e *explainer) openings(of string) (out []proof.Opening) {
	for _, d := range e.access.Doors {
		if d.Of == of {
			out = append(out, d)
		}
	}
	return out
}

// passing are those to whom something is open, each once.
func (e *explainer) passing(of string) (out []Fact) {
	for _, d := range e.openings(of) {
		if f := (Fact{Text: d.To}); !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// admitted are those to whom something is open, each by the statements that let them in.
func (e *explainer) admitted(of string) (out []Fact) {
	for _, d := range e.openings(of) {
		out = append(out, e.by(d.To+": ", d.By)...)
	}
	return out
}

// reasons are the statements that let somebody through, each with what it is there for.
func (e *explainer) reasons(of string) (out []Fact) {
	for _, d := range e.openings(of) {
		for _, g := range d.By {
			for _, does := range d.Does {
				f, at := g.Statement+": "+does, e.place(g.At)
				if !slices.ContainsFunc(out, func(o Fact) bool { return o.Text == f && *o.At == *at }) {
					out = append(out, Fact{f, at})
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Fact) int { return cmp.Compare(a.At.Line, b.At.Line) })
	return out
}

// needs are what work does with a block of the spec, each once.
func (e *explainer) needs(b topology.Block) (out []Fact) {
	add := func(who topology.Block, work []*topology.Access) {
		for _, a := range work {
			for _, d := range a.Deeds {
				if d.Of == b {
					out = appendNew(out, Fact{who.Address() + " " + d.Does, headerOf(who)})
				}
			}
		}
	}
	for _, r := range e.Topology.Runners {
		add(r, r.Work)
	}
	for _, r := range e.Topology.Roles {
		add(r, r.Work)
	}
	return out
}

// appendNew adds a fact, unless one like it is there.
func appendNew(list []Fact, f Fact) []Fact {
	if slices.ContainsFunc(list, func(o Fact) bool { return o.Text == f.Text }) {
		return list
	}
	return append(list, f)
}
