// Package policy holds IAM policy documents as values, and decides requests by them.
//
// A string of a policy is a Text: what the spec decides is literal, and what is known only after apply (the id
// of a subnet, the ARN of a key) is the Terraform address it will be read from.
//
// Parse reads a Document from JSON, Compile prepares it for the part it plays (identity policy, trust policy, …), and
// Evaluate decides a Request by all policies that have a say in it:
//
//	trust, err := policy.Compile(policy.Trust, "role deploy", document)
//	fmt.Println(policy.Evaluate(request, trust, endpoint))
//
// The rules are those of the IAM User Guide; each is cited where it is implemented. Evaluation speaks of policies
// alone: service and resource control policies of an organization, ACLs and KMS grants are not part of it, nor does it
// know which condition keys a service sends. An address is a symbol to it: equal to itself, and to nothing else.
package policy
