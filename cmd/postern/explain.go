package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/explain"
	"github.com/postern-dev/postern/generator/spec"
)

func explainCommand(c *console, all []generator.Blueprint) *cobra.Command {
	var r request
	cmd := &cobra.Command{
		Use:   "explain ADDRESS [SPEC]",
		Short: "Tell why something is there, and who gets in",
		Long: `Explain tells of one thing why it is there and who needs it, who gets in and by
which statement, and where it is in the spec and in the Terraform. ADDRESS is one
of

  role.NAME, runner.NAME, network.NAME, ...   a block of the spec
  network.NAME.SERVICE                        an endpoint of a network
  aws_iam_role.NAME, ...                      what Terraform calls a resource

with the folder of the stack before the last if several stacks have it. Who gets
in is worked out from the Terraform that generate would write. Nothing is written.

Exit code 0: explained; 1: error, also if nothing has this address.`,
		Example: `  postern explain role.deploy
  postern explain network.ci.sts specs/ci.hcl
  postern explain "tooling/eu-west-1/network aws_vpc_endpoint.ci_sts"`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return complaint("No address", "Say what to explain: postern explain runner.NAME. Run \"postern explain --help\" to see what has an address.")
			}
			return atMost(2, "one address, and one spec, which is a file or a folder")(cmd, args)
		},
		RunE: func(_ *cobra.Command, args []string) error {
			_, stop := c.progress()
			result, diags := r.of(args[1:]).Generate(all)
			stop()
			report := newReport(result, diags)
			var x *explain.Explanation
			if !report.failed() {
				x = report.explain(result, args[0])
			}
			return c.explain(report, x, r.json)
		},
	}
	r.flags(cmd)
	cmd.ValidArgsFunction = r.complete
	return cmd
}

// complete offers the addresses of the spec in the current folder, and then files. Of a spec with mistakes it knows what
// addresses begin with.
func (r *request) complete(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return []string{"hcl", "json"}, cobra.ShellCompDirectiveFilterFileExt
	}
	_, result, diags := r.of(nil).Topology()
	if diags.HasErrors() {
		return beginnings(), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	return result.Addresses(), cobra.ShellCompDirectiveNoFileComp
}

// beginnings are what addresses of blocks begin with.
func beginnings() []cobra.Completion {
	var all []cobra.Completion
	for _, k := range spec.Language().Inner {
		if k.Named {
			all = append(all, cobra.CompletionWithDesc(k.Word+".", k.Noun))
		}
	}
	return all
}

// explain explains an address, or reports what else might have been meant.
func (r *report) explain(result *generator.Result, address string) *explain.Explanation {
	x, err := result.Explain(address)
	if err != nil {
		r.diags = append(r.diags, notExplained(address, err)...)
		return nil
	}
	return x
}

// notExplained says what to write in place of an address.
func notExplained(address string, err error) hcl.Diagnostics {
	if several := (*explain.AmbiguousError)(nil); errors.As(err, &several) {
		return complaint("Address of several things",
			indent(several.Addresses)+"\n\nall have the address "+address+". Write one of these, in quotes.")
	}
	unknown := (*explain.UnknownError)(nil)
	if !errors.As(err, &unknown) {
		panic(err) // there is no third
	}
	detail := "Nothing has the address " + address + ". "
	if near := meant(address, unknown.Known); near != "" {
		detail += "Did you mean " + near + "? "
	}
	return complaint("Unknown address", detail+"Write one of\n\n"+indent(alike(address, unknown.Known))+
		"\n\nor the address of a resource of the Terraform, such as aws_vpc_endpoint.NAME.")
}

// meant is the address that somebody may have meant, or "". Many forget what kind of block a name is of.
func meant(address string, known []string) string {
	for _, k := range known {
		if strings.HasSuffix(k, "."+address) {
			return k
		}
	}
	return nearest(address, known)
}

// alike are the addresses to choose from: all, or of many only those of the same kind.
func alike(address string, known []string) []string {
	const most = 30
	if len(known) <= most {
		return known
	}
	kind, _, _ := strings.Cut(address, ".")
	same := slices.DeleteFunc(slices.Clone(known), func(k string) bool { return !strings.HasPrefix(k, kind+".") })
	if len(same) == 0 {
		same = known
	}
	if len(same) > most {
		same = append(same[:most:most], fmt.Sprintf("and %d more like these", len(same)-most))
	}
	return same
}

// explain prints an explanation, if there is one.
func (c *console) explain(r *report, x *explain.Explanation, asJSON bool) error {
	if asJSON && !r.failed() {
		c.json(x)
		return nil
	}
	if asJSON {
		return c.document(r, false)
	}
	c.report(r)
	if r.failed() {
		return failed
	}
	fmt.Fprintf(&c.out, "%s: %s\n", c.strong(x.Address), c.out.shown(x.What))
	for _, s := range x.Sections {
		fmt.Fprintf(&c.out, "\n%s\n", c.strong(s.Title))
		c.facts(s.Facts)
	}
	return nil
}

// strong is shown text that stands out on a terminal.
func (c *console) strong(text string) string {
	text = c.out.shown(text)
	if !c.out.terminal || c.plain {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}

// facts prints facts, a line each, with their places in a column.
func (c *console) facts(facts []explain.Fact) {
	const widest = 80 // what is longer moves its own place alone
	width := 0
	for _, f := range facts {
		if n := utf8.RuneCountInString(f.Text); n <= widest {
			width = max(width, n)
		}
	}
	var b strings.Builder
	for _, f := range facts {
		b.WriteString("  " + f.Text)
		if f.At != nil {
			b.WriteString(strings.Repeat(" ", max(0, width-utf8.RuneCountInString(f.Text))))
			fmt.Fprintf(&b, "  %s:%d", f.At.File, f.At.Line)
		}
		b.WriteString("\n")
	}
	c.out.printf("%s", b.String())
}
