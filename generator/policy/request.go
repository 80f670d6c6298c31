package policy

import (
	"iter"
	"slices"
	"strconv"
	"strings"
)

// A Request is one call as AWS sees it when it decides.
type Request struct {
	Caller   Caller
	Action   string  // "s3:GetObject"
	Resource Text    // its ARN, or "*" for an action that has no resource
	Owner    string  // account of the resource; "" takes it from the ARN, or else it is the caller's own
	Context  Context // what is known beyond caller and resource: addresses, token claims, tags, …
}

// A Context holds the values of condition keys. The keys that follow from caller and resource (aws:PrincipalArn,
// aws:PrincipalAccount, aws:PrincipalType, aws:PrincipalIsAWSService, aws:PrincipalServiceName, aws:username,
// aws:FederatedProvider, aws:ResourceAccount) need not be set. A key that is set to no value is absent.
type Context struct {
	keys []contextKey // sorted by key; never changed, so that contexts may share it
}

type contextKey struct {
	key    string // in lower case: the names of keys ignore case
	name   string
	texts  []Text
	values []string
}

// With is the context with one key set in addition.
func (c Context) With(key string, values ...Text) Context {
	set := contextKey{strings.ToLower(key), key, values, encodedAll(values)}
	at, found := c.find(set.key)
	after := at
	if found {
		after++
	}
	keys := make([]contextKey, 0, len(c.keys)+1)
	return Context{append(append(append(keys, c.keys[:at]...), set), c.keys[after:]...)}
}

// find is where a key in lower case is, or belongs.
func (c Context) find(key string) (int, bool) {
	return slices.BinarySearchFunc(c.keys, key, func(k contextKey, key string) int { return strings.Compare(k.key, key) })
}

// All are the keys that have a value, sorted by name.
func (c Context) All() iter.Seq2[string, []Text] {
	return func(yield func(string, []Text) bool) {
		for _, k := range c.keys {
			if len(k.texts) > 0 && !yield(k.name, k.texts) {
				return
			}
		}
	}
}

// A Caller is who makes a request (IAM User Guide, "AWS JSON policy elements: Principal"). The zero Caller is anonymous.
type Caller struct {
	kind    callerKind
	arn     Text // of the user, session, account root or identity provider; a service's name
	role    Text // of a session
	account string
}

type callerKind int

const (
	anonymous callerKind = iota
	userCaller
	rootCaller
	sessionCaller
	federatedCaller
	serviceCaller
)

// AsUser calls as an IAM user, by ARN.
func AsUser(arn string) Caller {
	return Caller{kind: userCaller, arn: Literal(arn), account: accountIn(arn)}
}

// AsRoot calls as an account's root user, by the ARN that ends in ":root".
func AsRoot(arn string) Caller {
	return Caller{kind: rootCaller, arn: Literal(arn), account: accountIn(arn)}
}

// AsSession calls as a session of a role: whoever has assumed it. The account of a role whose ARN is known only after
// apply has to be said with In.
func AsSession(role Text, name string) Caller {
	c := Caller{kind: sessionCaller, role: role}
	arn, known := role.Literal()
	if fields := strings.SplitN(arn, ":", arnParts); known && len(fields) == arnParts {
		c.account = fields[4]
		roleName := fields[5][strings.LastIndexByte(fields[5], '/')+1:]
		c.arn = Literal("arn:" + fields[1] + ":sts::" + fields[4] + ":assumed-role/" + roleName + "/" + name)
	}
	return c
}

// AsFederated calls AssumeRoleWithWebIdentity or AssumeRoleWithSAML: somebody with a token of the identity provider.
func AsFederated(provider Text) Caller { return Caller{kind: federatedCaller, arn: provider} }

// AsService calls as an AWS service on its own: "codebuild.amazonaws.com".
func AsService(name string) Caller { return Caller{kind: serviceCaller, arn: Literal(name)} }

// In is the caller in an account.
func (c Caller) In(account string) Caller {
	c.account = account
	return c
}

// isIAM tells whether the caller has an identity in an account, which identity policies can speak of.
func (c Caller) isIAM() bool {
	return c.kind == userCaller || c.kind == rootCaller || c.kind == sessionCaller
}

// principalARN is what aws:PrincipalArn is compared with: for a session, the ARN of its role.
func (c Caller) principalARN() Text {
	if c.kind == sessionCaller {
		return c.role
	}
	return c.arn
}

// String names the caller by ARN, or says "anyone".
func (c Caller) String() string {
	switch {
	case c.kind == anonymous:
		return "anyone"
	case len(c.arn.parts) == 0:
		return c.role.String()
	default:
		return c.arn.String()
	}
}

func accountIn(arn string) string {
	if fields := strings.SplitN(arn, ":", arnParts); len(fields) == arnParts {
		return fields[4]
	}
	return ""
}

// A query is a request made ready for evaluation.
type query struct {
	*Request
	action      string // lower case: the names of actions ignore case
	resource    string
	owner       string
	hasBoundary bool
	known       map[string][]string // implied values that have been asked for
}

func newQuery(r *Request) query {
	q := query{Request: r, action: strings.ToLower(r.Action), resource: r.Resource.encoded(), owner: r.Owner}
	if q.owner == "" {
		arn, _ := r.Resource.Literal()
		q.owner = accountIn(arn)
	}
	if q.owner == "" {
		q.owner = r.Caller.account
	}
	return q
}

// values are the request's values for a key in lower case, none if the key is absent.
func (q *query) values(key string) []string {
	if i, set := q.Context.find(key); set {
		return q.Context.keys[i].values
	}
	if !strings.HasPrefix(key, "aws:") {
		return nil // nothing else follows from caller and resource
	}
	values, known := q.known[key]
	if !known {
		values = encodedAll(q.implied(key))
		if q.known == nil {
			q.known = map[string][]string{}
		}
		q.known[key] = values
	}
	return values
}

// implied are the values of keys that follow from caller and resource (IAM User Guide, "AWS global condition context
// keys"). A federated caller has no identity yet, so it has no aws:Principal… keys at all.
func (q *query) implied(key string) []Text {
	c := q.Caller
	switch {
	case key == "aws:resourceaccount" && q.owner != "":
		return Literals(q.owner)
	case key == "aws:principalarn" && c.isIAM():
		return []Text{c.principalARN()}
	case key == "aws:principalaccount" && c.isIAM():
		return Literals(c.account)
	case key == "aws:principaltype" && principalTypes[c.kind] != "":
		return Literals(principalTypes[c.kind])
	case key == "aws:principalisawsservice" && (c.isIAM() || c.kind == serviceCaller):
		return Literals(strconv.FormatBool(c.kind == serviceCaller))
	case key == "aws:principalservicename" && c.kind == serviceCaller, key == "aws:federatedprovider" && c.kind == federatedCaller:
		return []Text{c.arn}
	case key == "aws:username" && c.kind == userCaller:
		arn := c.arn.String()
		return Literals(arn[strings.LastIndexByte(arn, '/')+1:])
	}
	return nil
}

var principalTypes = map[callerKind]string{
	anonymous: "Anonymous", userCaller: "User", rootCaller: "Account", sessionCaller: "AssumedRole",
}

var impliedKeys = []string{
	"aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:PrincipalIsAWSService",
	"aws:PrincipalServiceName", "aws:username", "aws:FederatedProvider", "aws:ResourceAccount",
}

// Keys are all context keys of the request, those that follow from caller and resource included.
func (r Request) Keys() Context {
	q, out := newQuery(&r), r.Context
	for _, key := range impliedKeys {
		if _, set := r.Context.find(strings.ToLower(key)); !set {
			out = out.With(key, q.implied(strings.ToLower(key))...)
		}
	}
	return out
}

// Contradicts tells whether the context says otherwise of a key than what follows from caller and resource.
func (r Request) Contradicts() bool {
	q := newQuery(&r)
	return slices.ContainsFunc(r.Context.keys, func(k contextKey) bool {
		ofCaller, ofResource := IsImplied(k.key)
		return (ofCaller || ofResource) && !slices.Equal(k.values, encodedAll(q.implied(k.key)))
	})
}

// IsIAM tells whether the caller has an identity in an account, which identity policies can speak of.
func (c Caller) IsIAM() bool { return c.isIAM() }

// IsRoot tells whether the caller is an account's root user, who needs no identity policy.
func (c Caller) IsRoot() bool { return c.kind == rootCaller }

// IsService tells whether the caller is a service of AWS on its own.
func (c Caller) IsService() bool { return c.kind == serviceCaller }

// IsFederated tells whether the caller has shown a token or assertion, and has no identity of AWS's yet.
func (c Caller) IsFederated() bool { return c.kind == federatedCaller }

// Account is the caller's; empty of those who have no identity in one.
func (c Caller) Account() string { return c.account }

// ARN is what aws:PrincipalArn is compared with, for a session the ARN of its role; of a service its name, of a federated
// caller its provider, and empty of an anonymous one.
func (c Caller) ARN() Text { return c.principalARN() }

// Implied are the values of a key, in lower case, that follow from the caller, as Text.Encoded has them.
func (c Caller) Implied(key string) []string {
	return encodedAll((&query{Request: &Request{Caller: c}}).implied(key))
}

// Account is the account that the request's resource belongs to.
func (r Request) Account() string { return newQuery(&r).owner }

// IsImplied tells whether a key, in lower case, follows from caller and resource, and which of them.
func IsImplied(key string) (fromCaller, fromResource bool) {
	fromResource = key == "aws:resourceaccount"
	fromCaller = !fromResource && slices.ContainsFunc(impliedKeys, func(k string) bool { return strings.EqualFold(k, key) })
	return fromCaller, fromResource
}

// Values are the context's values of a key in lower case, as Text.Encoded has them.
func (c Context) Values(key string) []string {
	if at, found := c.find(key); found {
		return c.keys[at].values
	}
	return nil
}
