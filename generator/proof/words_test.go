package proof_test

import (
	"fmt"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/proof"
	"github.com/postern-dev/postern/generator/requests"
)

// A policy is exact if none of its words can go and none can be wider. Both are tried, one word at a time, with every policy of
// every golden tree:
//
//   - No dead word: without an action, a resource, a principal, a condition, a value or a statement, a claim fails. Such a
//     word lets something through that the spec asks for, or keeps out what it does not.
//   - No wide word: with one more entry, with * at an end, with a weaker operator, or without what refuses, a claim fails.
//
// The same statement stands in several trees. Its words are tried in the first one alone, unless everywhere is set, as with the engines.

// A part is an expression of a policy: an object, a list, or text as Terraform has it.
type part struct {
	text  string
	list  []part
	items []item
	isA   kindOfPart
}

type kindOfPart int

const (
	aText kindOfPart = iota
	aList
	anObject
)

type item struct {
	key  string
	part part
}

func (p part) String() string {
	var b strings.Builder
	switch p.isA {
	case aText:
		return p.text
	case aList:
		b.WriteString("[\n")
		for _, e := range p.list {
			b.WriteString(e.String() + ",\n")
		}
		b.WriteString("]")
	case anObject:
		b.WriteString("{\n")
		for _, i := range p.items {
			fmt.Fprintf(&b, "%q = %s\n", i.key, i.part)
		}
		b.WriteString("}")
	}
	return b.String()
}

// parts reads an expression of a file.
func parts(src []byte, e hclsyntax.Expression) part {
	switch e := e.(type) {
	case *hclsyntax.TupleConsExpr:
		p := part{isA: aList}
		for _, of := range e.Exprs {
			p.list = append(p.list, parts(src, of))
		}
		return p
	case *hclsyntax.ObjectConsExpr:
		p := part{isA: anObject}
		for _, i := range e.Items {
			p.items = append(p.items, item{strings.Trim(string(i.KeyExpr.Range().SliceBytes(src)), `"`), parts(src, i.ValueExpr)})
		}
		return p
	}
	return part{text: string(e.Range().SliceBytes(src))}
}

func (p part) get(key string) (part, bool) {
	for _, i := range p.items {
		if i.key == key {
			return i.part, true
		}
	}
	return part{}, false
}

// entries are the elements of a list, or what stands in place of one with one element.
func (p part) entries() []part {
	if p.isA == aList {
		return p.list
	}
	return []part{p}
}

func listOf(entries ...part) part { return part{isA: aList, list: entries} }

func text(s string) part { return part{text: s} }

// with is the object with another value of a key; without a value, without the key. No other is renamed by it.
func (p part) with(key, name string, value ...part) part {
	p.items = slices.Clone(p.items)
	i := slices.IndexFunc(p.items, func(i item) bool { return i.key == key })
	switch {
	case len(value) == 0:
		p.items = slices.Delete(p.items, i, i+1)
	case i < 0:
		p.items = append(p.items, item{name, value[0]})
	default:
		p.items[i] = item{name, value[0]}
	}
	return p
}

// A written policy is one where it stands.
type writtenPolicy struct {
	sample
	file     int
	from, to int
	of       string       // what it is the policy of
	by       atomic.Int64 // the part of the proof that was the last to notice an edit
	part
}

// policiesIn are the policies in the files of a sample.
func policiesIn(t testing.TB, s sample) (out []*writtenPolicy) {
	for i, f := range s.files {
		parsed, diags := hclsyntax.ParseConfig(f.Data, f.Path, hcl.InitialPos)
		require.False(t, diags.HasErrors())
		for _, block := range parsed.Body.(*hclsyntax.Body).Blocks {
			_ = hclsyntax.VisitAll(block.Body, func(node hclsyntax.Node) hcl.Diagnostics {
				if object, is := node.(*hclsyntax.ObjectConsExpr); is {
					at := object.Range()
					if p := parts(f.Data, object); len(p.items) == 2 && p.items[1].key == "Statement" {
						out = append(out, &writtenPolicy{sample: s, file: i, from: at.Start.Byte, to: at.End.Byte, of: block.Labels[0] + serviceOf(block), part: p})
					}
				}
				return nil
			})
		}
	}
	return out
}

// serviceOf is the service that an endpoint is for.
func serviceOf(b *hclsyntax.Block) string {
	if name := b.Body.Attributes["service_name"]; name != nil {
		v, _ := name.Expr.Value(nil)
		return path.Ext(v.AsString())
	}
	return ""
}

// A wordEdit is a policy with one word other than it was.
type wordEdit struct {
	of    *writtenPolicy
	what  string // what was done
	word  string // and to which word
	shape string // what is alike in other trees
	to    part
}

// statementAt is the policy with a statement in place of one; with none, without it.
func (w *writtenPolicy) statementAt(i int, to ...part) part {
	list, _ := w.get("Statement")
	return w.with("Statement", "Statement", listOf(slices.Replace(slices.Clone(list.list), i, i+1, to...)...))
}

func (w *writtenPolicy) apply(e wordEdit) sample {
	s := w.sample
	s.files = slices.Clone(s.files)
	data := s.files[w.file].Data
	s.files[w.file].Data = slices.Concat(data[:w.from], []byte(e.to.String()), data[w.to:])
	return s
}

// A wording collects edits of a statement.
type wording struct {
	*writtenPolicy
	index     int
	statement part
	denies    bool
	edits     []wordEdit
}

func (w *wording) edit(what, word string, to ...part) {
	shape := w.shape() + what + namesOfActions.ReplaceAllString(abstract(word), "$1:ACTION")
	if what == "gone" { // for which others of the statement may make up
		shape = w.of + abstract(w.statement.String()) + abstract(word)
	}
	e := wordEdit{w.writtenPolicy, what, w.named() + word, shape, w.statementAt(w.index, to...)}
	if !slices.ContainsFunc(w.edits, func(other wordEdit) bool { return other.what == what && other.word == e.word }) {
		w.edits = append(w.edits, e)
	}
}

// named is the statement's name, if it has one.
func (w *wording) named() string {
	if sid, has := w.statement.get("Sid"); has {
		return strings.Trim(sid.text, `"`) + ": "
	}
	return ""
}

// shape is what the statement is like, whatever it names.
func (w *wording) shape() string {
	var b strings.Builder
	b.WriteString(w.of)
	for _, i := range w.statement.items {
		fmt.Fprintf(&b, " %s", i.key)
		if i.key == "Effect" {
			b.WriteString(i.part.text)
		}
		for _, inner := range i.part.items {
			fmt.Fprintf(&b, " %s", inner.key)
			for _, key := range inner.part.items {
				fmt.Fprintf(&b, " %s", key.key)
			}
		}
	}
	return b.String()
}

// swap replaces the value of an element.
func (w *wording) swap(element, what, word string, to part) {
	w.edit(what, word, w.statement.with(element, element, to))
}

var abstractions = []struct {
	of *regexp.Regexp
	to string
}{
	{regexp.MustCompile(`\d{12}`), "ACCOUNT"},
	{regexp.MustCompile(`\b(?:cn|us|eu|ap|sa)-[a-z]+-\d\b`), "REGION"},
	{regexp.MustCompile(`"(arn:aws[\w-]*:\w+:\w*:\w*:)(\w[\w-]*[/:])?[^"]*?(/?\*)?"`), "$1$2$3"},
	{regexp.MustCompile(`\d+\.\d+\.\d+\.\d+/\d+`), "ADDRESS"},
	{regexp.MustCompile(`\b(?:data|aws_\w+)\.[\w.]+`), "REFERENCE"},
	{regexp.MustCompile(`"Sid" = .*\n`), ""},
	{regexp.MustCompile(`\b(?:vpce?-\w+|o-\w+)`), "ID"},
}

var namesOfActions = regexp.MustCompile(`\b([a-z0-9-]+):[A-Z]\w+`)

// abstract is text without names, with what is alike once.
func abstract(s string) string {
	for _, a := range abstractions {
		s = a.of.ReplaceAllString(s, a.to)
	}
	return strings.Join(slices.Compact(strings.Split(s, "\n")), "\n")
}

// deletions are the words that can go.
func (w *wording) deletions() {
	w.edit("gone", "statement")
	for _, i := range w.statement.items {
		switch i.key {
		case "Action", "Resource", "NotAction", "NotResource":
			w.entriesGone(i.key, i.part, func(to part) part { return to })
		case "Principal", "NotPrincipal", "Condition":
			for _, inner := range i.part.items {
				if i.key == "Condition" {
					w.conditionGone(inner)
					continue
				}
				if len(i.part.items) > 1 {
					w.swap(i.key, "gone", inner.key, i.part.with(inner.key, inner.key))
				}
				w.entriesGone(i.key, inner.part, func(to part) part { return i.part.with(inner.key, inner.key, to) })
			}
		}
	}
}

func (w *wording) entriesGone(element string, p part, into func(part) part) {
	for i, e := range p.list {
		if len(p.list) > 1 {
			w.swap(element, "gone", e.text, into(listOf(slices.Delete(slices.Clone(p.list), i, i+1)...)))
		}
	}
}

func (w *wording) conditionGone(operator item) {
	conditions, _ := w.statement.get("Condition")
	for _, key := range operator.part.items {
		w.swap("Condition", "gone", operator.key+" "+key.key, without(conditions, operator, key.key))
		w.entriesGone("Condition", key.part, func(to part) part {
			return conditions.with(operator.key, operator.key, operator.part.with(key.key, key.key, to))
		})
	}
}

// without are conditions without one.
func without(conditions part, operator item, key string) part {
	if len(operator.part.items) == 1 {
		return conditions.with(operator.key, operator.key)
	}
	return conditions.with(operator.key, operator.key, operator.part.with(key, key))
}

// widenings are the words that can be wider. What a Deny speaks of is wider if it speaks of less.
func (w *wording) widenings() {
	for _, i := range w.statement.items {
		switch {
		case i.key == "Condition":
			for _, operator := range i.part.items {
				for _, key := range operator.part.items {
					w.conditionWider(i.part, operator, key)
				}
			}
		case i.key == "Effect" || i.key == "Sid":
		case w.denies:
			w.renamed(i)
		case i.key == "Action" || i.key == "Resource":
			w.renamed(i)
			for n, e := range i.part.entries() {
				for _, wider := range widerTexts(e.text) {
					w.swap(i.key, "wider", e.text+" → "+wider, listOf(slices.Replace(slices.Clone(i.part.entries()), n, n+1, text(wider))...))
				}
				for _, more := range append(others(e.text), actionsBeside(e.text)...) {
					w.swap(i.key, "more", more, listOf(append(slices.Clone(i.part.entries()), text(more))...))
				}
			}
		case i.key == "Principal":
			w.principalWider(i.part)
		}
	}
}

// renamed puts a Not-element in place of an element: for the same, and for all but something else.
func (w *wording) renamed(i item) {
	if strings.HasPrefix(i.key, "Not") {
		return
	}
	not := map[string]string{"Action": `"zzz:*"`, "Resource": `"arn:aws:zzz:::x"`, "Principal": `{ AWS = "arn:aws:iam::999999999999:root" }`}
	w.edit("not", i.key, w.statement.with(i.key, "Not"+i.key, i.part))
	if !w.denies {
		w.edit("all but", i.key, w.statement.with(i.key, "Not"+i.key, text(not[i.key])))
	}
}

func (w *wording) principalWider(p part) {
	w.renamed(item{"Principal", p})
	if p.isA == aText {
		return // everyone
	}
	w.swap("Principal", "wider", "everyone", text(`"*"`))
	more := map[string][]string{
		"AWS":       {`"arn:aws:iam::999999999999:root"`, `"arn:aws:iam::999999999999:role/x"`, `"*"`},
		"Service":   {`"ec2.amazonaws.com"`, `"logs.eu-north-1.amazonaws.com"`},
		"Federated": {`"accounts.google.com"`, `"arn:aws:iam::999999999999:oidc-provider/example.com"`},
	}
	for kind, ids := range more {
		old, has := p.get(kind)
		for _, id := range ids {
			to := text(id)
			if has {
				to = listOf(append(slices.Clone(old.entries()), to)...)
			}
			w.swap("Principal", "more", kind+" + "+id, p.with(kind, kind, to))
		}
		for _, e := range old.entries() {
			for _, id := range others(e.text) {
				w.swap("Principal", "more", kind+" + "+id, p.with(kind, kind, listOf(append(slices.Clone(old.entries()), text(id))...)))
			}
		}
	}
}

func (w *wording) conditionWider(conditions part, operator, key item) {
	word := operator.key + " " + key.key + " = "
	to := func(name string, value part) part {
		rest := without(conditions, operator, key.key)
		if already, has := rest.get(name); has {
			return rest.with(name, name, already.with(key.key, key.key, value))
		}
		return rest.with(name, name, part{isA: anObject, items: []item{{key.key, value}}})
	}
	negated := strings.Contains(operator.key, "Not")
	if w.denies && negated {
		w.swap("Condition", "operator", word+"ForAnyValue", to("ForAnyValue:"+operator.key, key.part))
	}
	if operator.key != "Null" && w.denies == negated && !w.denies {
		w.swap("Condition", "operator", word+"IfExists", to(operator.key+"IfExists", key.part))
		w.swap("Condition", "operator", word+"ForAllValues", to("ForAllValues:"+operator.key, key.part))
	}
	if w.denies != negated {
		return // what it speaks of is less with each value
	}
	pattern := strings.Replace(operator.key, "Equals", "Like", 1)
	for n, e := range key.part.entries() {
		for _, wider := range widerTexts(e.text) {
			if strings.Contains(operator.key, "String") || strings.Contains(operator.key, "Arn") {
				w.swap("Condition", "wider", word+e.text+" → "+wider, to(pattern, listOf(slices.Replace(slices.Clone(key.part.entries()), n, n+1, text(wider))...)))
			}
		}
		for _, more := range append(others(e.text), addressesBeside(e.text)...) {
			w.swap("Condition", "more", word+more, to(operator.key, listOf(append(slices.Clone(key.part.entries()), text(more))...)))
		}
	}
}

// widerTexts are a text with * at either end, and alone.
func widerTexts(s string) (out []string) {
	inner, is := strings.CutPrefix(s, `"`)
	if inner = strings.TrimSuffix(inner, `"`); !is {
		inner = "${" + s + "}"
	}
	if inner == "*" {
		return nil
	}
	out = []string{`"*"`, `"*` + inner + `"`}
	if !strings.HasSuffix(inner, "*") {
		out = append(out, `"`+inner+`*"`)
	}
	if service, _, is := strings.Cut(inner, ":"); is && !strings.HasPrefix(inner, "arn:") {
		out = append(out, `"`+service+`:*"`)
	}
	if cut := strings.LastIndexAny(strings.TrimSuffix(inner, "/*"), "/:"); cut > 0 && !strings.HasSuffix(inner, ":*") {
		out = append(out, `"`+inner[:cut+1]+`*"`)
	}
	return slices.DeleteFunc(out, func(wider string) bool { return wider == s })
}

var (
	anAccount = regexp.MustCompile(`\d{12}`)
	aRegion   = regexp.MustCompile(`\b(?:cn|us|eu|ap|sa)-[a-z]+-\d\b`)
	anAction  = regexp.MustCompile(`^"([a-z0-9-]+):[A-Z]\w*\*?"$`)
	anAddress = regexp.MustCompile(`^"\d+\.\d+\.\d+\.\d+(/\d+)?"$`)
)

// others are texts of the same kind: of another account, of another region, of another name.
func others(s string) (out []string) {
	switch {
	case anAddress.MatchString(s), anAction.MatchString(s), s == `"*"`:
		return nil
	case s == `"true"`, s == `"false"`:
		return []string{`"true"`, `"false"`}
	case !strings.HasPrefix(s, `"`):
		return []string{`"somebody-elses"`}
	}
	out = []string{anAccount.ReplaceAllString(s, "999999999999"), aRegion.ReplaceAllString(s, "af-south-1"), strings.TrimSuffix(s, `"`) + `-2"`}
	return slices.DeleteFunc(out, func(other string) bool { return other == s })
}

// actionsBeside are actions of the same service: one that is often asked beside it, and one that nobody has asked for.
func actionsBeside(s string) []string {
	found := anAction.FindStringSubmatch(s)
	if found == nil {
		return nil
	}
	beside := map[string][]string{
		"s3":  {"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:GetBucketPolicy"},
		"kms": {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:CreateGrant"},
		"sts": {"sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity", "sts:GetFederationToken"},
		"ecr": {"ecr:PutImage", "ecr:BatchDeleteImage"}, "logs": {"logs:GetLogEvents", "logs:CreateLogGroup"},
	}[found[1]]
	out := []string{`"` + found[1] + `:Unheard"`}
	for _, action := range beside {
		out = append(out, `"`+action+`"`)
	}
	return slices.DeleteFunc(out, func(other string) bool { return other == s })
}

// addressesBeside are ranges that are wider, or elsewhere.
func addressesBeside(s string) []string {
	if !anAddress.MatchString(s) {
		return nil
	}
	return []string{`"0.0.0.0/0"`, `"192.0.2.0/24"`, strings.TrimSuffix(strings.Split(s, "/")[0], `"`) + `/8"`}
}

// wordEdits are all edits of one kind of the words in a sample.
func wordEdits(t testing.TB, s sample, of func(*wording)) (out []wordEdit) {
	for _, p := range policiesIn(t, s) {
		list, _ := p.get("Statement")
		for n, statement := range list.list {
			effect, _ := statement.get("Effect")
			w := wording{writtenPolicy: p, index: n, statement: statement, denies: effect.text == `"Deny"`}
			of(&w)
			out = append(out, w.edits...)
		}
	}
	return out
}

// compiled is what the policy says after an edit.
func (w *writtenPolicy) compiled(p part) (*policy.Policy, error) {
	d, err := policy.Parse(p.json())
	if err != nil {
		return nil, err
	}
	kind := map[string]policy.Kind{
		"aws_iam_role": policy.Trust, "aws_iam_role_policy": policy.Identity, "aws_kms_key": policy.Key, "aws_kms_key_policy": policy.Key,
	}
	as, known := kind[w.of]
	if as == policy.Identity && !known {
		as = policy.Resource
		if strings.HasPrefix(w.of, "aws_vpc_endpoint") {
			as = policy.Endpoint
		}
	}
	return policy.Compile(as, "words", d.Map(func(t policy.Text) policy.Text { return evidence.Text(t.String()) }))
}

// json is the part as JSON, with a symbol in place of each reference.
func (p part) json() string {
	var parts []string
	switch p.isA {
	case aList:
		for _, e := range p.list {
			parts = append(parts, e.json())
		}
		return "[" + strings.Join(parts, ",") + "]"
	case anObject:
		for _, i := range p.items {
			parts = append(parts, strconv.Quote(i.key)+":"+i.part.json())
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	if !strings.HasPrefix(p.text, `"`) {
		return `"` + aSymbol(p.text) + `"`
	}
	return aReference.ReplaceAllStringFunc(p.text, func(s string) string { return aSymbol(s[2 : len(s)-1]) })
}

var aReference = regexp.MustCompile(`\$\{[^}]+\}`)

func aSymbol(reference string) string {
	return "\uE000" + strings.ReplaceAll(reference, ".", "/") + "\uE001"
}

// An effect is what an edit makes of the requests that a policy lets through.
type effect int

const (
	wider      effect = iota // it lets more through, or AWS refuses it
	same                     // it says the same in other words
	impossible               // it lets more through, and nobody can ask that. Why that is so, with its source, says package requests
)

// changes compares the requests that a policy lets through with those that it lets through after an edit.
func (e wordEdit) changes() effect {
	was, err := e.of.compiled(e.of.part)
	if err != nil {
		panic(err)
	}
	is, err := e.of.compiled(e.to)
	if err != nil {
		return wider
	}
	u, err := requests.Tell(was, is)
	if err != nil {
		return wider
	}
	more := u.Of(is).Minus(u.Of(was)).Or(u.Denied(was).Minus(u.Denied(is)))
	switch {
	case more.IsEmpty():
		return same
	case more.Plausible().IsEmpty():
		return impossible
	}
	return wider
}

// A spared word is one whose edits go unnoticed for a reason.
type spared struct {
	of, what, word string // patterns of the file and what the policy is of there, of what was done, and of the word
	why            string // with its source
}

var sparedWords = []spared{
	{`.* aws_kms_key(_policy)?`, `wider|all but`, `Account: ("kms:\*" → "\*(kms:\*)?"|Action)`,
		"A key is asked for actions of KMS alone: AWS KMS Developer Guide, \"Key policies in AWS KMS\"."},
	{`.* (aws_iam_role_policy|aws_vpc_endpoint\.s3)`, `gone`, `"s3:GetBucketLocation"`,
		"A build that also reads the bucket of its source finds that for both works, and each has a statement of its own, which goes with it."},
	{`.* aws_vpc_endpoint\.s3`, `gone`, `"s3:GetObject"`,
		"Who publishes an index reads it, too, where everybody in the network may: the statement of publishers says all that they do, and stays as it is without readers."},
	{`.* aws_s3_bucket_policy`, `gone`, `"s3:(Replicate\*|ObjectOwnerOverrideToBucketOwner)"`,
		"What writes is one list for all refusals of a bucket. Of publishers, PublishersOnlyPublish refuses these from everywhere: this is of publishers elsewhere."},
	{`.* aws_s3_bucket_policy`, `gone`, `(PublishersOnlyPublish: )?ArnEquals aws:PrincipalArn`,
		"Whom a refusal is about stands in it also where NobodyElseWrites refuses all others everything, so that a second publisher or an administrator changes nothing of it."},
	{`.* aws_iam_role_policy`, `gone`, `OutsideItsRanges\w+: StringEquals aws:SourceVpc`,
		"With one place alone, OutsideItsPlaces refuses other VPCs already; with a second one, the ranges are of this network."},
	{`.* aws_iam_role_policy`, `operator`, `OutsideItsRanges\w+: NotIpAddress aws:VpcSourceIp = ForAnyValue`,
		"Every request from a VPC says from which address: IAM User Guide, \"AWS global condition context keys\", aws:VpcSourceIp."},
}

// spares tells whether an edit is of a word that is spared.
func (s spared) spares(e wordEdit) bool {
	is := func(pattern, text string) bool { return regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(text) }
	return is(s.of, e.of.files[e.of.file].Path+" "+e.of.of) && is(s.what, e.what) && is(s.word, e.word)
}

// A tally is what came of edits.
type tally struct {
	noticed  int
	survived []wordEdit
	effects  [3]int // how many are not tried, by what they make of the policy
}

// try proves the trees of edits. With widening, edits that let nothing more through are not tried.
func (e wordEdit) try(widening bool) (is effect, noticed bool) {
	if is = wider; widening {
		is = e.changes()
	}
	if is != wider {
		return is, false
	}
	edited := e.of.apply(e)
	by, noticed := proof.Fails(edited.topology, edited.files, int(e.of.by.Load()))
	e.of.by.Store(int64(by))
	return is, noticed
}

// tried are the edits to try, of all samples, and how many there would be in all of their trees.
func tried(t *testing.T, of func(*wording)) (edits []wordEdit, words int) {
	shapes := map[string]bool{}
	for _, s := range samples(t) {
		proved(t, s, s.name)
		for _, e := range wordEdits(t, s, of) {
			words++
			if everywhere || !shapes[e.shape] {
				shapes[e.shape] = true
				edits = append(edits, e)
			}
		}
	}
	return edits, words
}

// tallyOf tries edits, on all processors.
func tallyOf(edits []wordEdit, widening bool) (out tally) {
	var next atomic.Int64
	var group sync.WaitGroup
	var mu sync.Mutex
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(edits); i = int(next.Add(1)) - 1 {
				is, noticed := edits[i].try(widening)
				mu.Lock()
				switch {
				case is != wider:
					out.effects[is]++
				case noticed:
					out.noticed++
				default:
					out.survived = append(out.survived, edits[i])
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return out
}

// held tries edits, and fails for each that nothing notices and that is not spared. It returns the reasons that were needed.
func held(t *testing.T, of func(*wording), widening bool) (needed []int) {
	if raceDetector {
		t.Skip("asks what the proof finds, and not how it works")
	}
	edits, words := tried(t, of)
	result := tallyOf(edits, widening)
	for _, e := range result.survived {
		i := slices.IndexFunc(sparedWords, func(s spared) bool { return s.spares(e) })
		needed = append(needed, i)
		assert.GreaterOrEqual(t, i, 0, "%s: nothing notices: %s %s", e, e.what, e.word)
	}
	t.Logf("%d of %d edits noticed, of %d in all trees; %d are spared, %d mean the same, %d let through what AWS never asks",
		result.noticed, len(edits), words, len(result.survived), result.effects[same], result.effects[impossible])
	return needed
}

// String says where the policy is.
func (e wordEdit) String() string {
	f := e.of.files[e.of.file]
	return fmt.Sprintf("%s %s:%d %s", e.of.name, f.Path, strings.Count(string(f.Data[:e.of.from]), "\n")+1, e.of.of)
}

func TestNoWordIsDeadOrWide(t *testing.T) {
	needed := append(held(t, (*wording).deletions, false), held(t, (*wording).widenings, true)...)
	for i, s := range sparedWords {
		assert.Contains(t, needed, i, "what is spared of %s is noticed: %s", s.of, s.word)
	}
}
