// Package evidence reads Terraform for those who make claims about it: resources with their values, and what of them
// nobody has asked for.
//
// A Tree has Stacks, a Stack has Resources, a Resource is a Block with arguments and further Blocks. References are followed
// inside a stack, and through terraform_remote_state into others. The rules are:
//
//   - What is known only after apply is a symbol, which is equal to itself and to nothing else. What follows from arguments
//     (the ARN of a role from its name) is worked out, so that both ends of a reference meet.
//   - What cannot be read is a Problem wherever it could matter. Nothing is passed over.
//   - A Layout says which folder works in which account and region. There is no other knowledge of the spec here.
//   - What a kind of resource is made of stands in one table, kinds.
//   - Whoever asks for the value of an argument has consulted it, and the arguments that it refers to; so has who finds a resource by
//     its value. What was only looked through to find others is not consulted. See Resource.Unread.
package evidence
