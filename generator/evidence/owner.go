package evidence

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// changeOwner reads a block by which a stack begins or ends to care for something, whatever it is made of. The rules are:
//
//   - What is imported may have more to it than is written here: a role has its policies, a key its grants.
//   - What is moved was the stack's before, and has whatever is written here afterwards.
//   - What is removed goes. If it stays, and only Terraform forgets it, a way stays open that is written nowhere.
//
// What opens no way is no matter.
func (s *Stack) changeOwner(b *Block) {
	switch b.Type {
	case "import":
		if b.isAbout("to") {
			b.problem("What is imported may have more to it than is written here.")
		}
	case "moved":
		from, to := b.kindIn("from"), b.kindIn("to")
		if from == "" || from != to && (s.tree.Matters(from) || s.tree.Matters(to)) {
			b.problem("What is moved here, and what becomes of it, is not understood.")
		}
	case "removed":
		if lifecycle := b.first("lifecycle"); lifecycle != nil && b.isAbout("from") && AsText(lifecycle.peek("destroy")) != "true" {
			b.problem("What Terraform forgets stays, and what that lets in is not written here.")
		}
		if b.first("provisioner") != nil {
			b.problem("A program runs when this is removed, and what that does is not written here.")
		}
	}
}

// isAbout tells whether an argument names a resource that can open or close a way, as far as it can be told.
func (b *Block) isAbout(argument string) bool {
	kind := b.kindIn(argument)
	return kind == "" || b.stack.tree.Matters(kind)
}

// kindIn is the kind of the resource that an argument names, "" if that cannot be told.
func (b *Block) kindIn(argument string) string {
	a := b.argument(argument)
	if a == nil {
		return ""
	}
	traversal, diags := hcl.AbsTraversalForExpr(a.Expr)
	names, err := namesOf(traversal)
	if diags.HasErrors() || err != nil || len(names) < 2 || slices.Contains([]string{"data", "module"}, names[0]) {
		return ""
	}
	return names[0]
}
