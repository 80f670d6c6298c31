// Package roles makes the roles that CI assumes, each for certain runners in certain places, and a page that says how.
package roles

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// Blueprint makes roles.
type Blueprint struct{}

// Name of the blueprint.
func (Blueprint) Name() string { return "roles" }

// Emit writes role_NAME.tf for each role, and a page into each stack with roles.
func (Blueprint) Emit(t *topology.Topology) ([]tf.File, hcl.Diagnostics) {
	var files []tf.File
	var diags hcl.Diagnostics
	byAccount := map[*topology.Account][]role{}
	for _, of := range t.Roles {
		r := role{of, of.Account.Global()}
		blocks, more := r.blocks()
		diags = append(diags, more...)
		stack := r.place.Stack(topology.IdentityLayer)
		files = append(files, tf.File{Path: stack + "/role_" + r.Name + ".tf", Blocks: blocks},
			tf.File{Path: stack + "/outputs.tf", Blocks: []*tf.Block{
				tf.Output(r.Name+"_role_arn", "What CI assumes as role."+r.Name+".", tf.Text(policy.Address("aws_iam_role", r.Name, "arn")))}})
		byAccount[r.Account] = append(byAccount[r.Account], r)
	}
	for _, a := range t.Accounts {
		if roles := byAccount[a]; len(roles) > 0 {
			files = append(files, tf.File{Path: a.Global().Stack(topology.IdentityLayer) + "/README.md", Page: accountPage(a, roles)})
		}
	}
	return files, diags
}

// A role is one role on its way to Terraform, and the place of its stack.
type role struct {
	*topology.Role
	place topology.Place
}

func (r role) blocks() ([]*tf.Block, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	trust, permissions := r.trust(), r.permissions()
	if size := r.applied(trust).Size(); size > trustLimit {
		diags = append(diags, r.trustTooLong(trust, size))
	}
	it := r.resource(trust)
	blocks := []*tf.Block{it}
	if len(permissions.Statements) > 0 {
		if size := r.applied(permissions).Size(); size > permissionsLimit {
			diags = append(diags, r.permissionsTooLong(size))
		}
		blocks = append(blocks, tf.Resource("aws_iam_role_policy", r.Name,
			tf.Attr("name", tf.String("permissions")),
			tf.Attr("role", tf.Text(it.Ref("id"))),
			tf.Attr("policy", tf.JSON(permissions))))
	}
	return append(blocks, r.attachments(it)...), diags
}

func (r role) resource(trust policy.Document) *tf.Block {
	var boundary tf.Value
	if r.Boundary != "" {
		boundary = tf.String(r.Boundary)
	}
	items := []tf.Item{
		tf.Attr("name", tf.String(r.Role.Role)),
		tf.Attr("description", tf.String("role."+r.Name+", which CI assumes")),
		tf.Attr("max_session_duration", tf.Int(r.MaxSession)),
		tf.Attr("permissions_boundary", boundary),
		tf.Gap(),
	}
	for _, skip := range r.skips() {
		items = append(items, tf.Because("checkov:skip="+skip))
	}
	items = append(items, tf.Attr("assume_role_policy", tf.JSON(trust)))
	return tf.Resource("aws_iam_role", r.Name, items...).Because(folded(fmt.Sprintf("role.%s, for %s.\n%s", r.Name, runners(r.Runners), r.guardComment())))
}

// skips are the checks that see amiss what is meant, and why.
func (r role) skips() (out []string) {
	if slices.ContainsFunc(r.Doors, func(d *topology.Door) bool { return d.Issuer == nil }) {
		out = append(out, "CKV_AWS_61:aws:PrincipalArn names who of the account may assume it")
	}
	// The check reads the subjects of a provider that is written out, and knows no "@".
	if i := r.Issuer; i != nil && i.Form == "github" && slices.Contains(i.Existing, r.Account) &&
		slices.ContainsFunc(r.Subjects, func(s topology.Subject) bool { return strings.Contains(s.Pattern, "@") }) {
		out = append(out, "CKV_AWS_393:the IDs in the subjects are GitHub's, and nobody can take them over")
	}
	return out
}

// permissions are what the spec allows, what is published and, with a guard, what is refused elsewhere. One policy holds both, so that
// neither is ever in force without the other.
func (r role) permissions() policy.Document {
	var d policy.Document
	for _, p := range r.Allow {
		d.Statements = append(d.Statements, policy.Statement{
			Effect: policy.Allow, Actions: p.Actions, Resources: policy.Literals(p.Resources...),
		})
	}
	d.Statements = append(d.Statements, r.publishing()...)
	if r.Guard {
		d.Statements = append(d.Statements, r.guard()...)
	}
	return d
}

// attachments are the managed policies, each named after its policy so that one more moves no other.
func (r role) attachments(it *tf.Block) []*tf.Block {
	var blocks []*tf.Block
	labels := unique{}
	for _, arn := range r.Managed {
		label := labels.name(r.Name + "_" + identifier(arn[strings.LastIndexByte(arn, '/')+1:]))
		blocks = append(blocks, tf.Resource("aws_iam_role_policy_attachment", label,
			tf.Attr("role", tf.Text(it.Ref("name"))),
			tf.Attr("policy_arn", tf.String(arn))))
	}
	return blocks
}

// identifier is a name with "_" for what cannot stand in a Terraform name.
func identifier(name string) string {
	return strings.Map(func(r rune) rune {
		if policy.IsIdentifier("a" + string(r)) {
			return r
		}
		return '_'
	}, name)
}

// unique gives out names, a number behind those that are taken.
type unique map[string]int

func (u unique) name(s string) string {
	u[s]++
	if n := u[s]; n > 1 {
		return u.name(fmt.Sprintf("%s%d", s, n))
	}
	return s
}

// runners lists runners: "runner.a, runner.b and runner.c".
func runners(of []*topology.Runner) string {
	names := make([]string, len(of))
	for i, r := range of {
		names[i] = "runner." + r.Name
	}
	return sentence(names)
}

// sentence joins names: "a", "a and b", "a, b and c".
func sentence(names []string) string {
	if len(names) == 0 {
		return ""
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// folded breaks the lines of a comment between words.
func folded(text string) string {
	const width = 118
	var b strings.Builder
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		column := 0
		for word := range strings.FieldsSeq(line) {
			switch {
			case column == 0:
			case column+1+len(word) > width:
				b.WriteByte('\n')
				column = 0
			default:
				b.WriteByte(' ')
				column++
			}
			b.WriteString(word)
			column += len(word)
		}
	}
	return b.String()
}
