// Package requests decides by IAM policies about all requests at once.
//
// Tell makes a Universe from policies: all requests there are, in as many classes as these policies tell apart, for each of
// the caller, the action, the resource and every condition key that they test. Sets of its requests are what a policy allows
// (Universe.Of), and what several policies allow together (Universe.Allowed), by the rules of policy.Evaluate. So whether a policy allows
// more than another is whether the difference of two sets is empty, and if it is not, Set.Smallest is a request that shows it:
//
//	u, err := requests.Tell(is, should)
//	more := u.Of(is).Minus(u.Of(should)).Possible()
//	r, found := more.Smallest()
//
// What a spec intends is best written as a policy, too: then both sides are told apart. The rules are:
//
//   - A class has a witness, and the statements themselves decide what the witness is to them, as they decide any request. A value
//     that no policy names stands for all others; a key that is absent is a class of every key.
//   - Patterns are told apart exactly, overlapping ones too; ranges of addresses are told apart at their ends. What is known only
//     after apply is a symbol, equal to itself alone.
//   - What cannot be told apart is an error: a policy variable, a key that is compared both as text and as something else, a user's
//     name compared with a pattern, a set operator over more than six classes of values. A set that would have to be cut into too
//     many pieces is not known (Set.IsKnown), and never empty.
//   - Requests that AWS never makes are no counterexamples: Set.Possible leaves out what is in none of the Worlds. A class is possible if
//     any request of it is; of addresses that are compared as text, any is.
//   - The smallest request depends on what policies say, and not on the order in which they and their statements are given.
//
// It is exact for the documented evaluation logic over the policies that it is given, and says nothing of others: service and
// resource control policies, ACLs, grants.
package requests
