package spec

import "slices"

// A Claim is what a role may say of the tokens that it admits, in the words of their issuer.
type Claim struct {
	Name    string // the argument of a role
	What    string // what an element of it is
	Example string // elements, as one would write them
	Choice  bool   // a role needs one of those that are a choice
	When    string // a condition, in words; empty if it always can be written
}

// Claims are those that the issuers of one form know, the one that a role needs first.
type Claims []Claim

// ClaimsOf are those of a form of issuer, or of an issuer without one: "".
func ClaimsOf(form string) Claims {
	issuer := kindsIn(Language())["issuer"]
	for _, k := range issuer.Inner {
		if k.Word == form {
			return k.Claims
		}
	}
	return issuer.Claims
}

// Names are the arguments of a role.
func (c Claims) Names() []string {
	var names []string
	for _, claim := range c {
		names = append(names, claim.Name)
	}
	return names
}

// Choice are the arguments of which a role needs at least one.
func (c Claims) Choice() []string {
	return slices.DeleteFunc(c.Names(), func(name string) bool { return !c.Of(name).Choice })
}

// Of is the claim that an argument makes.
func (c Claims) Of(name string) Claim {
	return c[slices.IndexFunc(c, func(claim Claim) bool { return claim.Name == name })]
}

const aUUID = "c3d4e5f6-0000-4000-8000-000000000001"

// gitNames are branches and tags, of which a role needs one.
func gitNames() Claims {
	return Claims{
		{Name: "branches", What: "the name of a branch or tag", Example: `"main"`, Choice: true},
		{Name: "tags", What: "the name of a branch or tag", Example: `"main"`, Choice: true},
	}
}

// subjects are what a token's sub is.
func subjects() Claim {
	return Claim{Name: "subjects", What: "what a token's sub can be", Example: `"team:app:deploy"`}
}
