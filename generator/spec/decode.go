package spec

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// A decoder turns blocks into what they mean, one argument at a time.
type decoder struct{ *evaluator }

// decode works out all that was read. Files are read from the folder.
func decode(r *reader, folder string) (*Spec, hcl.Diagnostics) {
	spec := &Spec{}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return spec, hcl.Diagnostics{unreadable(folder, err)}
	}
	defer root.Close()
	before := len(r.diags)
	spec.inputs.Found = map[string]string{}
	d := decoder{newEvaluator(r, finder{root, spec.inputs.Found})}
	d.fill(spec)
	spec.Unknown = d.unknown
	return spec, r.diags[before:]
}

// fill fills the spec until everything is decoded or the allowance for work is used up.
func (d decoder) fill(spec *Spec) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case exhausted:
			d.report(d.current.expr.Range(), "Too much work",
				"Working out the spec takes more time or memory than any spec should, and %s used up the rest. Write it with fewer or smaller "+
					"repetitions, and what several arguments work out alike as a local.", d.current.title())
		default:
			panic(cause)
		}
	}()
	d.workOut()
	if d.postern != nil {
		spec.Settings = d.settings(d.postern)
	}
	spec.Accounts = sorted(d.blocks["account"], d.account)
	spec.Networks = sorted(d.blocks["network"], d.network)
	spec.Repositories = sorted(d.blocks["repository"], d.repository)
	spec.Images = sorted(d.blocks["image"], d.image)
	spec.Issuers = sorted(d.blocks["issuer"], d.issuer)
	spec.Runners = sorted(d.blocks["runner"], d.runner)
	spec.Roles = sorted(d.blocks["role"], d.role)
	spec.Replications = sorted(d.blocks["replication"], d.replication)
	spec.Distributions = sorted(d.blocks["distribution"], d.distribution)
	spec.PackageIndexes = sorted(d.blocks["package_index"], d.packageIndex)
}

// workOut evaluates what can be referred to, in an order that does not depend on the order of the files.
func (d decoder) workOut() {
	for _, kind := range roots {
		for _, name := range d.names(kind) {
			d.node(Target{kind, name}, hcl.Range{})
		}
	}
}

// sorted decodes blocks of one kind and sorts them by name. A second block of the same name is decoded for its mistakes only.
func sorted[T any](blocks []*block, decode func(*block) T) []T {
	blocks = slices.Clone(blocks)
	slices.SortStableFunc(blocks, func(a, b *block) int { return cmp.Compare(a.Name, b.Name) })
	var all []T
	for i, b := range blocks {
		decoded := decode(b)
		if i == 0 || blocks[i-1].Name != b.Name {
			all = append(all, decoded)
		}
	}
	return all
}

func (d decoder) settings(b *block) Settings {
	return Settings{
		Header:     b.Header,
		Prefix:     scalar(d, b, "prefix", d.asText),
		Output:     scalar(d, b, "output", d.asText),
		Encryption: scalar(d, b, "encryption", d.asText),
		Tags:       d.pairs(b, "tags"),
		State:      d.state(b.inner("state")),
	}
}

func (d decoder) state(b *block) *State {
	if b == nil {
		return nil
	}
	d.require(b)
	return &State{Header: b.Header, Bucket: scalar(d, b, "bucket", d.asText), Region: scalar(d, b, "region", d.asText)}
}

func (d decoder) account(b *block) *Account {
	d.require(b)
	return &Account{
		Header:     b.Header,
		ID:         scalar(d, b, "id", d.asAccountID),
		Region:     scalar(d, b, "region", d.asText),
		DeployRole: scalar(d, b, "deploy_role", d.asText),
	}
}

func (d decoder) network(b *block) *Network {
	d.require(b)
	return &Network{
		Header:        b.Header,
		Account:       scalar(d, b, "account", d.asBlock("account")),
		Region:        scalar(d, b, "region", d.asText),
		CIDR:          scalar(d, b, "cidr", d.asText),
		Zones:         list(d, b, "zones", d.asText),
		Egress:        scalar(d, b, "egress", d.asText),
		FlowLogs:      scalar(d, b, "flow_logs", d.asFlag),
		VPCID:         scalar(d, b, "vpc_id", d.asText),
		SubnetIDs:     list(d, b, "subnet_ids", d.asText),
		RouteTableIDs: list(d, b, "route_table_ids", d.asText),
		NATAddresses:  list(d, b, "nat_addresses", d.asText),
		Transition:    scalar(d, b, "transition", d.asFlag),
	}
}

func (d decoder) repository(b *block) *Repository {
	d.require(b)
	return &Repository{
		Header:      b.Header,
		Account:     scalar(d, b, "account", d.asBlock("account")),
		Region:      scalar(d, b, "region", d.asText),
		Repo:        scalar(d, b, "name", d.asText),
		Description: scalar(d, b, "description", d.asText),
	}
}

func (d decoder) image(b *block) *Image {
	d.require(b)
	return &Image{
		Header:  b.Header,
		Account: scalar(d, b, "account", d.asBlock("account")),
		Region:  scalar(d, b, "region", d.asText),
		Repo:    scalar(d, b, "name", d.asText),
		Keep:    scalar(d, b, "keep", d.asCount),
		Readers: list(d, b, "readers", d.asBlock("account")),
	}
}

func (d decoder) issuer(b *block) *Issuer {
	return &Issuer{
		Header:    b.Header,
		URL:       scalar(d, b, "url", d.asText),
		Audiences: list(d, b, "audiences", d.asText),
		Existing:  list(d, b, "existing", d.asBlock("account")),
		Form:      d.issuerForm(b.inner(grammar["issuer"].blocks...)),
	}
}

func (d decoder) issuerForm(b *block) *IssuerForm {
	if b == nil {
		return nil
	}
	d.require(b)
	return &IssuerForm{
		Header:         b.Header,
		Kind:           b.kind,
		Workspace:      scalar(d, b, "workspace", d.asText),
		WorkspaceUUID:  scalar(d, b, "workspace_uuid", d.asText),
		URL:            scalar(d, b, "url", d.asText),
		Organization:   scalar(d, b, "organization", d.asText),
		OrganizationID: scalar(d, b, "organization_id", d.asText),
	}
}

func (d decoder) runner(b *block) *Runner {
	builder := b.inner("codebuild")
	if builder != nil {
		d.requireArgument(b, grammar["runner"].parameter("network"))
	}
	return &Runner{
		Header:    b.Header,
		Account:   scalar(d, b, "account", d.asBlock("account")),
		Network:   scalar(d, b, "network", d.asBlock("network")),
		Addresses: list(d, b, "addresses", d.asText),
		Issuer:    scalar(d, b, "issuer", d.asBlock("issuer")),
		Principal: scalar(d, b, "principal", d.asText),
		Uses:      list(d, b, "uses", d.asText),
		Publish:   list(d, b, "publish", d.asBlock("replication")),
		CodeBuild: d.codeBuild(builder),
		Hosted:    d.hosted(b.inner("hosted")),
	}
}

func (d decoder) hosted(b *block) *Hosted {
	if b == nil {
		return nil
	}
	d.require(b)
	return &Hosted{
		Header:    b.Header,
		Vendor:    scalar(d, b, "vendor", d.asText),
		Regions:   list(d, b, "regions", d.asText),
		Endpoints: list(d, b, "endpoints", d.asText),
	}
}

func (d decoder) role(b *block) *Role {
	d.require(b)
	return &Role{
		Header:     b.Header,
		Account:    scalar(d, b, "account", d.asBlock("account")),
		Role:       scalar(d, b, "name", d.asText),
		Runners:    list(d, b, "runners", d.asBlock("runner")),
		Claims:     d.claims(b),
		Allow:      d.allows(b),
		Managed:    list(d, b, "managed_policies", d.asText),
		Boundary:   scalar(d, b, "permissions_boundary", d.asText),
		MaxSession: scalar(d, b, "max_session", d.asCount),
		Guard:      scalar(d, b, "guard", d.asText),
		Publish:    list(d, b, "publish", d.asBlock("replication")),
	}
}

func (d decoder) claims(b *block) map[string]List[string] {
	written := map[string]List[string]{}
	for _, p := range claims {
		if values := list(d, b, p.name, d.asText); values.IsSet() {
			written[p.name] = values
		}
	}
	return written
}

func (d decoder) allows(b *block) []*Allow {
	var all []*Allow
	for _, in := range b.nested {
		d.require(in)
		all = append(all, &Allow{
			Header:    in.Header,
			Actions:   list(d, in, "actions", d.asText),
			Resources: list(d, in, "resources", d.asText),
		})
	}
	return all
}

func (d decoder) codeBuild(b *block) *CodeBuild {
	if b == nil {
		return nil
	}
	return &CodeBuild{
		Header:      b.Header,
		Image:       scalar(d, b, "image", d.asText),
		Compute:     scalar(d, b, "compute", d.asText),
		Type:        scalar(d, b, "type", d.asText),
		Docker:      scalar(d, b, "docker", d.asFlag),
		Source:      scalar(d, b, "source", d.asSource),
		Buildspec:   scalar(d, b, "buildspec", d.asText),
		Timeout:     scalar(d, b, "timeout", d.asCount),
		Environment: d.pairs(b, "environment"),
		Secrets:     d.pairs(b, "secrets"),
		Parameters:  d.pairs(b, "parameters"),
		Push:        list(d, b, "push", d.asBlock("image")),
		Pull:        list(d, b, "pull", d.asBlock("image")),
		Read:        list(d, b, "read", d.asText),
		Write:       list(d, b, "write", d.asText),
		Keys:        list(d, b, "keys", d.asText),
		Assume:      list(d, b, "assume", d.asText),
		Uses:        list(d, b, "uses", d.asText),
	}
}

// require reports the arguments that a block has to have and has not. One that is null is not there; of one that has been
// reported under another name nobody complains again.
func (d decoder) require(b *block) {
	for _, p := range grammar[b.kind].arguments {
		if p.required {
			d.requireArgument(b, &p)
		}
	}
}

func (d decoder) requireArgument(b *block, p *parameter) {
	if slices.Contains(b.meant, p.name) {
		return
	}
	if a := b.args[p.name]; a == nil || d.value(a).IsNull() {
		d.report(b.Range, "Missing argument", "%s says nothing of %q, which it needs. Add %s = %s.", capital(b.title), p.name, p.name, p.example)
	}
}

// A site is where a value was written, for which argument.
type site struct {
	*argument
	example string
	at      hcl.Range
}

// A decoding turns a value, which is known and not null, into a T. If it cannot it reports why and is not ok.
type decoding[T any] func(site, cty.Value) (T, bool)

// written is an argument's value, unless it was not written or has been reported. The site has no place when it was not
// written.
func (d decoder) written(b *block, name string) (site, cty.Value, bool) {
	a := b.args[name]
	if a == nil {
		return site{}, cty.NilVal, false
	}
	v := d.value(a)
	if v.IsKnown() && v.IsNull() {
		return site{}, cty.NilVal, false
	}
	s := site{a, grammar[b.kind].parameter(name).example, a.expr.Range()}
	return s, v, d.workedOut(s.at, v)
}

// workedOut notes where a value stands that is unknown, since that is reported elsewhere: at a local, or in another block.
func (d decoder) workedOut(at hcl.Range, v cty.Value) bool {
	if !v.IsKnown() {
		d.unknown = append(d.unknown, at)
	}
	return v.IsKnown()
}

func scalar[T any](d decoder, b *block, name string, as decoding[T]) Value[T] {
	s, v, ok := d.written(b, name)
	if !ok {
		return Value[T]{Range: s.at}
	}
	decoded, _ := as(s, v)
	return Value[T]{decoded, s.at}
}

// one is an element of a list or an entry of a map, without a place if there is a mistake in it.
func one[T any](s site, v cty.Value, as decoding[T]) Value[T] {
	if decoded, ok := as(s, v); ok {
		return Value[T]{decoded, s.at}
	}
	return Value[T]{}
}

// list decodes a list. Elements that are null are not there.
func list[T any](d decoder, b *block, name string, as decoding[T]) List[T] {
	s, v, ok := d.written(b, name)
	if !ok {
		return List[T]{Range: s.at}
	}
	if t := v.Type(); !t.IsTupleType() && !t.IsListType() && !t.IsSetType() {
		d.report(s.at, "List expected", "%s takes a list, and this is %s. Write %s = %s.", capital(s.title()), describe(v), s.name, s.listed(v))
		return List[T]{Range: s.at}
	}
	places := elements(s.expr)
	decoded := List[T]{V: []Value[T]{}, Range: s.at}
	for it := v.ElementIterator(); it.Next(); {
		_, element := it.Element()
		if len(places) > 0 {
			s.at, places = places[0], places[1:]
		}
		if !d.workedOut(s.at, element) || element.IsNull() {
			continue
		}
		if value := one(s, element, as); value.IsSet() {
			decoded.V = append(decoded.V, value)
		}
	}
	return decoded
}

// listed is a list of what was written alone, or of something else where that cannot be told.
func (s site) listed(v cty.Value) string {
	if t := blockOf(v); t != nil && strings.HasPrefix(s.example, "["+t.Kind+".") {
		return "[" + t.String() + "]"
	}
	if isText(v) && strings.HasPrefix(s.example, `["`) && isPlain(v.AsString()) {
		return "[" + strconv.Quote(v.AsString()) + "]"
	}
	return s.example
}

// isPlain tells whether text is short and means itself in quotes.
func isPlain(text string) bool {
	return text == brief(text) && strconv.Quote(text) == `"`+text+`"` && !strings.Contains(text, "${") && !strings.Contains(text, "%{")
}

// elements are the places of a list's elements, if it is written out.
func elements(expr hclsyntax.Expression) []hcl.Range {
	tuple, ok := bare(expr).(*hclsyntax.TupleConsExpr)
	if !ok {
		return nil
	}
	var places []hcl.Range
	for _, e := range tuple.Exprs {
		places = append(places, e.Range())
	}
	return places
}

// bare is an expression without the brackets around it.
func bare(expr hclsyntax.Expression) hclsyntax.Expression {
	if inner, ok := expr.(*hclsyntax.ParenthesesExpr); ok {
		return bare(inner.Expression)
	}
	return expr
}

// pairs decodes names and texts. Those that are null are not there.
func (d decoder) pairs(b *block, name string) Map {
	s, v, ok := d.written(b, name)
	if !ok {
		return Map{Range: s.at}
	}
	if blockOf(v) != nil || !v.Type().IsObjectType() && !v.Type().IsMapType() {
		d.report(s.at, "Names and values expected", "%s takes names with values, and this is %s. Write %s = %s.", capital(s.title()), describe(v), s.name, s.example)
		return Map{Range: s.at}
	}
	places := d.entries(s)
	decoded := Map{V: []Pair{}, Range: s.at}
	for it := v.ElementIterator(); it.Next(); {
		key, value := it.Element()
		entry := s
		if at, ok := places[key.AsString()]; ok {
			entry.at = at
		}
		if !d.workedOut(entry.at, value) || value.IsNull() {
			continue
		}
		if text := one(entry, value, d.asText); text.IsSet() {
			decoded.V = append(decoded.V, Pair{key.AsString(), text})
		}
	}
	slices.SortFunc(decoded.V, func(a, b Pair) int { return cmp.Compare(a.Key, b.Key) })
	return decoded
}

// entries are the places of the values of an object, by name, if it is written out. A name that is written twice is
// reported: only the last value would count.
func (d decoder) entries(s site) map[string]hcl.Range {
	object, ok := bare(s.expr).(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil
	}
	d.current = s.argument
	places := map[string]hcl.Range{}
	for _, item := range object.Items {
		name, ok := d.key(item.KeyExpr)
		if !ok {
			continue
		}
		if _, twice := places[name]; twice {
			d.report(item.KeyExpr.Range(), "Two values of one name", "%s already has a value for %q. Remove one of the two.", capital(s.title()), brief(name))
		}
		places[name] = item.ValueExpr.Range()
	}
	return places
}

// key is the text of a key that does not depend on anything.
func (d decoder) key(expr hclsyntax.Expression) (string, bool) {
	if len(expr.Variables()) > 0 {
		return "", false
	}
	v, diags := expr.Value(&hcl.EvalContext{Functions: d.table()})
	if diags.HasErrors() {
		return "", false
	}
	text, err := convert.Convert(v, cty.String)
	if err != nil || !isText(text) {
		return "", false
	}
	return text.AsString(), true
}

func (d decoder) asText(s site, v cty.Value) (string, bool) {
	if t := blockOf(v); t != nil {
		d.report(s.at, "Text expected", "%s takes text, and this is %s as a whole. %s.", capital(s.title()), t, inText(s, *t))
		return "", false
	}
	if !v.Type().IsPrimitiveType() {
		d.report(s.at, "Text expected", "%s takes text, and this is %s. Write %s = %s.", capital(s.title()), describe(v), s.name, s.example)
		return "", false
	}
	text, err := convert.Convert(v, cty.String)
	if err != nil || !utf8.ValidString(text.AsString()) {
		d.report(s.at, "Text is not UTF-8", "%s holds bytes that no UTF-8 text has. Write text.", capital(s.title()))
		return "", false
	}
	return text.AsString(), true
}

// inText says what to write where a block stands and text belongs.
func inText(s site, t Target) string {
	switch {
	case s.name == "image" && t.Kind == "image":
		return fmt.Sprintf("Write \"${%s.url}:TAG\" with the tag that builds shall run in", t)
	case s.name == "read" || s.name == "write":
		return "Write the ARNs of S3 buckets, like " + s.example
	case slices.Contains(claims, parameter{name: s.name, example: s.example}):
		return "Write what tokens say, like " + s.example
	case s.name == "resources" && slices.Contains(grammar[t.Kind].exposed, "arn"), s.name == "assume" && t.Kind == "role":
		return fmt.Sprintf("Write %s.arn", t)
	case strings.HasPrefix(s.example, `["arn:`):
		return "Write ARNs, like " + s.example
	}
	return fmt.Sprintf("Write one of its attributes, %s.%s, or text in quotes", t, grammar[t.Kind].exposed[0])
}

// asAccountID refuses numbers: the leading zeros of an account id are lost in them.
func (d decoder) asAccountID(s site, v cty.Value) (string, bool) {
	if v.Type() == cty.Number {
		d.report(s.at, "Account id without quotes", "Account ids can start with zeros, which numbers lose, so %s is text. Write it in quotes, with all twelve digits.", s.title())
		return "", false
	}
	return d.asText(s, v)
}

func (d decoder) asFlag(s site, v cty.Value) (bool, bool) {
	flag, err := convert.Convert(v, cty.Bool)
	if err != nil {
		d.report(s.at, "True or false expected", "%s takes true or false, and this is %s. Write %s = true or %s = false.", capital(s.title()), describe(v), s.name, s.name)
		return false, false
	}
	return flag.True(), true
}

func (d decoder) asCount(s site, v cty.Value) (int, bool) {
	const most = 1 << 31
	number, err := convert.Convert(v, cty.Number)
	if err == nil {
		if n, accuracy := number.AsBigFloat().Int64(); accuracy == 0 && n > -most && n < most {
			return int(n), true
		}
	}
	d.report(s.at, "Whole number expected", "%s takes a whole number, and this is %s. Write %s = %s.", capital(s.title()), describe(v), s.name, s.example)
	return 0, false
}

// asBlock takes references to blocks of one kind, or of several.
func (d decoder) asBlock(kinds ...string) decoding[Target] {
	return func(s site, v cty.Value) (Target, bool) {
		t := blockOf(v)
		if t != nil && slices.Contains(kinds, t.Kind) {
			return *t, true
		}
		summary, nouns := "Reference to "+grammar[kinds[0]].noun+" expected", grammar[kinds[0]].noun
		for _, other := range kinds[1:] {
			summary, nouns = "Reference of another kind expected", nouns+" or "+grammar[other].noun
		}
		d.report(s.at, summary, "%s refers to %s of this spec, and this is %s. %s.", capital(s.title()), nouns, describe(v), d.reference(s, v, kinds))
		return Target{}, false
	}
}

// reference says what to write where a block is referred to, and why if it is no block that could be.
func (d decoder) reference(s site, v cty.Value, kinds []string) string {
	t := blockOf(v)
	switch {
	case t == nil:
	case s.name == "publish" && t.Kind == "package_index":
		return fmt.Sprintf("A package index lists its publishers itself. Add %s to publishers of %s", s.owner, t)
	case s.name == "origin" && t.Kind == "package_index":
		return fmt.Sprintf("A distribution answers whoever asks, and a package index is for its readers alone. Write %s = %s", s.name, s.example)
	}
	for _, kind := range kinds {
		name, ok := d.meant(kind, v)
		switch {
		case ok && isJSONName(s.at.Filename):
			return fmt.Sprintf("Write \"${%s}\"", name)
		case ok:
			return fmt.Sprintf("Write %s without quotes", name)
		case kind == "runner" && isAddress(v):
			return fmt.Sprintf("Write runner \"NAME\" { addresses = [%q] }, and runner.NAME here", v.AsString())
		}
	}
	return fmt.Sprintf("Write %s = %s", s.name, s.example)
}

// isAddress tells whether a value is text that is an IP address, or a range of them.
func isAddress(v cty.Value) bool {
	if !isText(v) {
		return false
	}
	one, notOne := netip.ParseAddr(v.AsString())
	_, notSeveral := netip.ParsePrefix(v.AsString())
	return notOne == nil && one.Zone() == "" || notSeveral == nil
}

// meant is the block that somebody named in text instead of referring to it.
func (d decoder) meant(kind string, v cty.Value) (Target, bool) {
	if !isText(v) {
		return Target{}, false
	}
	t := Target{kind, strings.TrimPrefix(v.AsString(), kind+".")}
	return t, d.byName[t] != nil
}

func (d decoder) asSource(s site, v cty.Value) (Source, bool) {
	if t := blockOf(v); t != nil && t.Kind == "repository" {
		return Source{Block: t}, true
	}
	if _, reference := d.meant("repository", v); v.Type() == cty.String && !reference {
		arn, ok := d.asText(s, v)
		return Source{ARN: arn}, ok
	}
	t, ok := d.asBlock("repository")(s, v)
	return Source{Block: &t}, ok
}

// describe says what a value is, for "and this is …".
func describe(v cty.Value) string {
	if t := blockOf(v); t != nil {
		return t.String()
	}
	switch t := v.Type(); {
	case t == cty.String:
		return fmt.Sprintf("the text %q", brief(v.AsString()))
	case t == cty.Number:
		return "the number " + brief(v.AsBigFloat().Text('f', -1))
	case t == cty.Bool:
		return fmt.Sprint(v.True())
	case t.IsTupleType() || t.IsListType() || t.IsSetType():
		return "a list"
	case t.IsObjectType() || t.IsMapType():
		return "an object"
	}
	return "something else"
}
