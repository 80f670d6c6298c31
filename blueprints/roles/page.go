package roles

import (
	"fmt"
	"strings"

	"github.com/postern-dev/postern/generator/page"
	"github.com/postern-dev/postern/generator/topology"
)

// accountPage is for the people who write pipelines: what they can assume in an account, from where, and how to ask for it.
func accountPage(a *topology.Account, roles []role) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Roles of account.%s\n\nWhat CI assumes in account %s: who gets in from where, and what to write into the pipeline.\n", a.Name, a.ID)
	for _, r := range roles {
		r.describe(&b)
	}
	return b.String()
}

func (r role) describe(b *strings.Builder) {
	fmt.Fprintf(b, "\n## role.%s\n\n%s, for up to %s. What it may do is in [role_%s.tf](role_%s.tf).\n", r.Name, page.Code(r.ARN()), duration(r.MaxSession), r.Name, r.Name)
	b.WriteString("\n| who | from | statement |\n|---|---|---|\n")
	sids := unique{}
	for _, d := range r.Doors {
		fmt.Fprintf(b, "| %s | %s | %s |\n", who(d), strings.Join(where(d), ", "), page.Code(sids.name(sid(d))))
	}
	if r.Issuer != nil {
		fmt.Fprintf(b, "\nThe token is of issuer.%s, made for %s. Its subject is %s\n", r.Issuer.Name, strings.Join(codes(r.Issuer.Audiences), " or "), r.subjects())
	}
	if r.Guard {
		b.WriteString("\nA session works there alone: everything is refused elsewhere, but for what AWS services do on its behalf.\n")
	} else {
		b.WriteString("\nA session, once issued, works anywhere until it ends. `guard = \"session\"` in the spec ties it to the place as well.\n")
	}
	for _, s := range r.snippets() {
		fmt.Fprintf(b, "\n### %s: %s\n\n%s\n\n%s", s.who, s.title, s.note, page.Fenced(s.language, s.text))
		if s.remark != "" {
			b.WriteString("\n" + s.remark + "\n")
		}
	}
}

// subjects are what the sub of a token may be: one in the sentence, several as a list.
func (r role) subjects() string {
	var patterns []string
	for _, s := range r.Subjects {
		patterns = append(patterns, page.Code(s.Pattern))
	}
	wildcards := ""
	if r.Wildcards() {
		wildcards = ", in which `*` stands for any text"
	}
	if len(patterns) == 1 {
		return patterns[0] + wildcards + "."
	}
	return "one of these" + wildcards + ":\n\n- " + strings.Join(patterns, "\n- ")
}

// who comes in at a door, and by what they are known.
func who(d *topology.Door) string {
	if d.Issuer != nil {
		return runners(d.Runners) + ", by token"
	}
	return runners(d.Runners) + ", as " + strings.Join(codes(d.Principals), ", ")
}

// where a door is open to.
func where(d *topology.Door) []string {
	var ranges []string
	for _, p := range d.Addresses {
		ranges = append(ranges, p.String())
	}
	if d.Endpoint != nil {
		return []string{"the STS endpoint of network." + d.Endpoint.Name + ", used from " + strings.Join(codes(ranges), ", ")}
	}
	out := codes(ranges)
	for _, n := range d.NATs {
		out = append(out, "the NAT gateways of network."+n.Name)
	}
	return out
}

func codes(texts []string) []string {
	out := make([]string, len(texts))
	for i, s := range texts {
		out[i] = page.Code(s)
	}
	return out
}

// duration is a number of seconds in the largest unit that it is whole in.
func duration(seconds int) string {
	switch {
	case seconds%3600 == 0:
		return counted(seconds/3600, "hour")
	case seconds%60 == 0:
		return counted(seconds/60, "minute")
	}
	return counted(seconds, "second")
}
