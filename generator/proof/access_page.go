package proof

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

const aboutAccess = `# Who gets in

Worked out from the Terraform in this folder, by evaluating its policies: each row is a request that is allowed by all of them
that have a say in it.
`

const aboutRefusals = `
Tried for each, and refused: the other runners of the spec, each from where it is, as itself and with a stolen token, but for
those that are named; the addresses next to those in the rows, and the same private addresses in other VPCs; requests that show
no address; tokens without a subject or an audience, for another audience, of another provider; other roles, users, accounts
and services.
`

// Markdown is ACCESS.md, the page for the reviewer of a change. A row is a fact: what does not change leaves its row alone.
func (a Access) Markdown(header string) []byte {
	b := &page{}
	b.WriteString(header)
	b.WriteString(aboutAccess)
	if len(a.Roles) > 0 {
		b.WriteString("\n## Roles\n" + aboutRefusals)
		for _, r := range a.Roles {
			b.role(r)
		}
	}
	b.buckets(a)
	if len(a.Runners) > 0 {
		b.WriteString("\n## Runners\n")
		for _, r := range a.Runners {
			b.runner(r)
		}
	}
	b.doors(a)
	return b.Bytes()
}

// A page is Markdown on its way.
type page struct{ bytes.Buffer }

// row is a row of a table, whose columns are divided by bars.
func (b *page) row(cells ...string) {
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(c, "|", `\|`)
	}
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}

// table begins a table.
func (b *page) table(heads ...string) {
	b.WriteString("\n")
	b.row(heads...)
	b.WriteString(strings.Repeat("|---", len(heads)) + "|\n")
}

func (b *page) list(items []string) {
	b.WriteString("\n")
	for _, item := range items {
		b.WriteString("- " + item + "\n")
	}
}

func (b *page) role(r RoleAccess) {
	works := "Once issued, a session works anywhere until it ends."
	if r.Guard {
		works = "A session works where its runners are, and nowhere else."
	}
	fmt.Fprintf(b, "\n### role.%s\n\n%s, for up to %s. %s\n", r.Role, code(r.ARN), duration(r.MaxSession), works)
	b.table("from", "who", "let in by")
	for _, w := range r.Ways {
		b.row(w.from(), w.who(), strings.Join(codes(w.by()), ", "))
	}
	if r.Issuer != "" {
		fmt.Fprintf(b, "\nIt takes tokens of issuer.%s, for %s, whose subject is\n", r.Issuer, strings.Join(codes(r.Audiences), " or "))
		b.list(codes(r.Subjects))
	}
	if len(r.Refused) > 0 {
		fmt.Fprintf(b, "\nTried and refused: tokens of %s.\n", strings.Join(r.Refused, ", "))
	}
	if len(r.Beside) > 0 {
		fmt.Fprintf(b, "\nIn the same place, so with a stolen token let in as well: %s.\n", strings.Join(named("runner.", r.Beside), ", "))
	}
	b.may(r)
}

// may is what a role is for.
func (b *page) may(r RoleAccess) {
	var all []string
	for _, allow := range r.Allows {
		action, resource, _ := strings.Cut(allow, " on ")
		row := code(action) + " on " + code(resource)
		if way := r.Through[action]; way != "" {
			row += ", " + way
		}
		all = append(all, row)
	}
	for _, arn := range r.Managed {
		all = append(all, "what "+code(arn)+" allows")
	}
	within := ""
	if r.Boundary != "" {
		within = ", within " + code(r.Boundary) + ","
	}
	if len(all) == 0 {
		fmt.Fprintf(b, "\nIt may%s do nothing.\n", within)
		return
	}
	fmt.Fprintf(b, "\nIt may%s\n", within)
	b.list(all)
}

func (w Way) from() string {
	if w.Address == "" {
		return "the " + w.Place
	}
	return code(w.Address) + ", " + w.Place
}

// by are the statements that let in, by name.
func (w Way) by() (names []string) {
	for _, g := range w.By {
		names = append(names, g.Statement)
	}
	return names
}

func (w Way) who() string {
	names := strings.Join(named("runner.", w.Runners), ", ")
	if len(w.As) == 0 {
		return names + ", by token"
	}
	return names + ", as " + strings.Join(codes(w.As), " or ")
}

func (b *page) runner(r RunnerAccess) {
	as := "known by " + code(r.As)
	switch {
	case r.As == "":
		as = "which show nobody who they are"
	case strings.HasPrefix(r.As, "issuer."):
		as = "known by tokens of " + r.As
	}
	fmt.Fprintf(b, "\n### runner.%s\n\n%s, %s.\n", r.Runner, strings.ToUpper(r.Is[:1])+r.Is[1:], as)
	if len(r.Reaches) == 0 {
		return
	}
	b.table("what it does", "by way of")
	for _, reached := range r.Reaches {
		b.row(reached.Does, strings.Join(reached.Through, ", "))
	}
}

// doors are the ways in and out that there are, whoever goes through them.
func (b *page) doors(a Access) {
	doors := slices.Clone(a.Doors)
	for _, r := range a.Roles {
		for _, w := range r.Ways {
			if w.Place == "the internet" {
				doors = append(doors, Opening{Door: "address " + code(w.Address), To: "role." + r.Role})
			}
		}
	}
	if len(doors) == 0 {
		return
	}
	slices.SortStableFunc(doors, func(a, b Opening) int { return strings.Compare(a.Door, b.Door) })
	b.WriteString("\n## Doors\n")
	b.table("door", "open to")
	for _, d := range slices.CompactFunc(doors, func(a, b Opening) bool { return a.Door == b.Door && a.To == b.To }) {
		b.row(d.Door, d.To)
	}
}

// code is text as Markdown's inline code.
func code(s string) string {
	ticks := strings.Repeat("`", longest(s, '`')+1)
	if strings.Contains(s, "`") {
		s = " " + s + " "
	}
	return ticks + s + ticks
}

// longest is the longest run of a character.
func longest(s string, of rune) int {
	most, run := 0, 0
	for _, r := range s {
		run++
		if r != of {
			run = 0
		}
		most = max(most, run)
	}
	return most
}

func codes(texts []string) (out []string) {
	for _, s := range texts {
		out = append(out, code(s))
	}
	return out
}

func named(kind string, names []string) (out []string) {
	for _, name := range names {
		out = append(out, kind+name)
	}
	return out
}

// duration is a number of seconds in the largest unit in which it is whole.
func duration(seconds int) string {
	for _, unit := range []struct {
		seconds int
		name    string
	}{{3600, "hour"}, {60, "minute"}} {
		switch n := seconds / unit.seconds; {
		case seconds%unit.seconds != 0:
		case n == 1:
			return "1 " + unit.name
		default:
			return fmt.Sprintf("%d %ss", n, unit.name)
		}
	}
	return fmt.Sprintf("%d seconds", seconds)
}
