package policy

import (
	"fmt"
	"slices"
	"strings"
)

// principals is a Principal element ready for evaluation.
type principals struct {
	everyone  bool // "*"
	everyAWS  bool // {"AWS": "*"}
	federates bool // {"Federated": "*"}
	accounts  []string
	arns      []string // users, roles and sessions
	providers []string
	services  []string
}

// A Grant tells how closely a statement speaks of the caller, the closest last.
type Grant int

const (
	ToNobody  Grant = iota
	ToAccount       // to the caller's account, whose own policies decide further
	ToRole          // to the role of a session
	ToCaller        // to the caller itself, or to everyone
)

func compilePrincipals(element Principal) (principals, error) {
	var out principals
	for _, p := range element.Kinds() {
		ids := encodedAll(p.IDs)
		switch p.Kind {
		case "*":
			out.everyone = true
		case "AWS":
			for _, id := range ids {
				if err := out.addAWS(id); err != nil {
					return out, err
				}
			}
		case "Federated":
			out.federates = slices.Contains(ids, "*")
			out.providers = ids
		case "Service":
			out.services = ids
		case "CanonicalUser": // an account by an id that requests here do not carry
		default:
			return out, fmt.Errorf("%q is no kind of principal", p.Kind)
		}
	}
	return out, nil
}

// addAWS adds an account, by its id or the ARN of its root, or a user, role or session ("AWS JSON policy elements:
// Principal"). A wildcard cannot stand for a part of the ARN.
func (p *principals) addAWS(id string) error {
	if id == "*" {
		p.everyAWS = true
		return nil
	}
	if strings.ContainsAny(id, "*?") {
		return fmt.Errorf("principal %q: a wildcard cannot match a part of it", id)
	}
	fields := strings.SplitN(id, ":", arnParts)
	switch {
	case isAccount(id):
		p.accounts = append(p.accounts, id)
	case len(fields) == arnParts && fields[2] == "iam" && fields[5] == "root":
		p.accounts = append(p.accounts, fields[4])
	default:
		p.arns = append(p.arns, id)
	}
	return nil
}

func isAccount(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }

// grantTo tells how the element speaks of a caller. "*" is everyone, services and federated callers included;
// {"AWS": "*"} is the same for anonymous callers and those with an identity in an account, but an AWS principal is
// neither a service nor somebody who has yet to assume a role.
func (p *principals) grantTo(c Caller) Grant {
	switch c.kind {
	case serviceCaller:
		return grantIf(p.everyone || slices.Contains(p.services, c.arn.encoded()))
	case federatedCaller:
		return grantIf(p.everyone || p.federates || slices.Contains(p.providers, c.arn.encoded()))
	case anonymous:
		return grantIf(p.everyone || p.everyAWS)
	}
	switch {
	case p.everyone || p.everyAWS:
		return ToCaller
	case len(c.arn.parts) > 0 && slices.Contains(p.arns, c.arn.encoded()):
		return ToCaller
	case c.kind == sessionCaller && slices.Contains(p.arns, c.role.encoded()):
		return ToRole
	case slices.Contains(p.accounts, c.account):
		if c.kind == rootCaller {
			return ToCaller
		}
		return ToAccount
	}
	return ToNobody
}

func grantIf(named bool) Grant {
	if named {
		return ToCaller
	}
	return ToNobody
}

// grantTo tells how a statement speaks of the caller. Identity policies speak of whom they are attached to.
// A Deny with NotPrincipal always hits a caller with a permissions boundary ("AWS JSON policy elements: NotPrincipal").
func (s *statement) grantTo(q *query, k Kind) Grant {
	switch {
	case !k.namesPrincipals():
		return ToCaller
	case !s.notPrincipal:
		return s.principals.grantTo(q.Caller)
	default:
		return grantIf(q.hasBoundary || s.principals.grantTo(q.Caller) == ToNobody)
	}
}
