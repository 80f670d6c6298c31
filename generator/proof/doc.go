// Package proof reads the Terraform of a tree back and checks what follows from the spec: the work of every runner gets
// through, and strangers do not.
//
// The questions come from the topology, the answers from the bytes alone: files are parsed, references followed inside a
// stack and through terraform_remote_state into others, and policies evaluated. The rules are:
//
//   - What postern writes and no claim reads is a failure, too (see heeded), and after generate a panic: see package evidence.
//   - What cannot be read (a count, a module, an operator, a function, a kind of resource that could open another
//     door, an argument of a resource of the spec that no claim knows) is a failure wherever a claim depends on it. Nothing
//     is passed over and called proved: resources that open no way of the spec's, and that no claim knows, are on the page.
//   - What is not in the tree (the trust policy of another account's role, the policy of a bucket that somebody else owns)
//     is taken to allow: the proof is about this side of it.
//   - Parts of a spec that have nothing to do with each other are proved apart, several at a time.
//   - Files called *_override.tf are not read; who has some is told so by the command.
package proof
