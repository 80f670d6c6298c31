// Package generator turns a spec into a tree of Terraform, in phases that each take the one before:
//
//	spec.Load         what the user wrote, a Spec
//	resolve.Topology  what it means, a Topology: places, networks, runners, and the path of every request
//	Blueprint.Emit    Terraform as values, a tf.File for each concern of each stack
//	frame, readme     what Terraform needs around them, and the order to apply it in
//	evidence.Read     the rendered files as resources with values, and what of them nobody asked for
//	proof.Prove       who gets in, worked out from the rendered files: a tree that it cannot prove is refused
//	tree.New          the rendered files, a Tree
//
// Generate does all this without writing anything. What becomes of the Tree,
// written or compared, is package tree's. What is left of the phases afterwards, package explain answers questions from.
package generator
