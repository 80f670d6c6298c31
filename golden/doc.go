// Package golden holds what postern writes for every example, and the tests that hold it against real engines.
//
// A folder NAME is the tree of examples/NAME. The tests write it (go test ./golden -update); nobody edits it.
//
//   - golden_test.go: the trees are what the generator gives, in whatever order the spec says it.
//   - mistakes_test.go: wrong specs and exactly what postern says about them.
//   - words_test.go: every word of the language changes a tree, or what is said of a spec.
//   - schema_test.go: every argument, block and reference of the trees against the provider's schemas.
//   - engines_test.go, with -tags engines: Terraform, the AWS provider and an AWS emulator take the trees.
package golden
