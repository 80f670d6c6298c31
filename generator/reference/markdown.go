// Package reference describes the language of specs to those who write them: as a page for people, and as a JSON Schema for
// their editors. Both follow from what package spec declares.
package reference

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mitchellh/go-wordwrap"

	"github.com/postern-dev/postern/generator/spec"
)

const intro = `<!-- Written by "go test ./generator/reference -update" from the declarations in generator/spec. -->

# The spec

HCL in its native syntax (` + "`*.hcl`) or its JSON form (`*.hcl.json`" + `), one file or a folder of files. The order of blocks and files
means nothing. ` + "`postern schema`" + ` prints a JSON Schema of the JSON form, for editors.

Labels start with a letter and have up to 32 lower-case letters, digits and single hyphens: they become parts of names in AWS.
A mistake is reported with its file, line and what to write instead; all mistakes at once, and before anything is written. An
argument that is ` + "`null`" + ` is not there.

The pages in the [catalogue](../README.md#catalogue) say what each argument makes, and why.

`

// Markdown is the reference of the language, docs/spec.md.
func Markdown(language *spec.Kind, functions []string) string {
	var b strings.Builder
	b.WriteString(intro)
	for _, k := range language.Inner {
		title := title(k)
		fmt.Fprintf(&b, "- [%s](#%s)\n", title, anchor(title))
	}
	b.WriteString("- [References, locals and functions](#references-locals-and-functions)\n")
	for _, k := range language.Inner {
		section(&b, language, k)
	}
	references(&b, language)
	called(&b, functions)
	return b.String()
}

// title is the heading of a block's section.
func title(k *spec.Kind) string {
	if k.Named {
		return code(k.Word + ` "NAME"`)
	}
	return code(k.Word)
}

// within is the heading of the section of a block inside of another.
func within(k, outer *spec.Kind) string { return code(k.Word) + " in " + code(outer.Word) }

// anchor is what GitHub makes of a heading.
func anchor(heading string) string {
	return strings.ReplaceAll(strings.Map(func(r rune) rune {
		if strings.ContainsRune("`\"", r) {
			return -1
		}
		return r
	}, strings.ToLower(heading)), " ", "-")
}

func code(text string) string { return "`" + text + "`" }

func section(b *strings.Builder, language, k *spec.Kind) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n", title(k), k.About)
	arguments(b, k)
	if slices.ContainsFunc(k.Parameters, func(p spec.Parameter) bool { return p.Claim }) {
		claims(b, language)
	}
	if k.After != "" {
		fmt.Fprintf(b, "\n%s\n", k.After)
	}
	for _, in := range k.Inner {
		fmt.Fprintf(b, "\n### %s\n\n", within(in, k))
		if in.About != "" {
			fmt.Fprintf(b, "%s\n\n", in.About)
		}
		arguments(b, in)
	}
}

// arguments is the table of what stands in a block.
func arguments(b *strings.Builder, k *spec.Kind) {
	b.WriteString("| argument | type | default | meaning | example |\n|---|---|---|---|---|\n")
	for _, p := range k.Parameters {
		if !p.Claim {
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", code(p.Name), typed(p.Type), fallback(p), p.Meaning, code(p.Example))
		}
	}
	for _, in := range k.Inner {
		what, otherwise := "block", in.Otherwise
		if in.Repeated {
			what = "blocks"
		}
		switch {
		case in.Required && in.Repeated:
			otherwise = "required, one or more"
		case in.Required:
			otherwise = "required"
		}
		fmt.Fprintf(b, "| [%s](#%s) | %s | %s | %s | |\n", code(in.Word), anchor(within(in, k)), what, otherwise, in.Meaning)
	}
}

// typed says what an argument takes.
func typed(t spec.Type) string {
	what := string(t.Form)
	switch {
	case t.Form == spec.Reference:
		what = or(t.Of, func(kind string) string { return code(kind + ".X") })
	case t.Form == spec.Origin:
		what = or(t.Of, func(kind string) string { return code(kind + ".X") }) + ", or the ARN of an S3 object"
	case len(t.Choices) > 0:
		what = or(t.Choices, func(choice string) string { return code(strconv.Quote(choice)) })
	case t.What != "":
		what = t.What
	}
	switch {
	case t.List && t.Form == spec.Reference:
		return "list of " + strings.ReplaceAll(what, " or ", " and ")
	case t.List && t.What != "":
		return "list of " + what + "s"
	case t.List:
		return "list of " + what
	}
	return what
}

// or lists words for a sentence: a, b or c.
func or(words []string, write func(string) string) string {
	var all []string
	for _, w := range words {
		all = append(all, write(w))
	}
	last := len(all) - 1
	if last < 1 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:last], ", ") + " or " + all[last]
}

// fallback says what holds when an argument is not written.
func fallback(p spec.Parameter) string {
	switch preset := p.Type.Default.(type) {
	case string:
		return code(strconv.Quote(preset))
	case []string:
		var all []string
		for _, text := range preset {
			all = append(all, strconv.Quote(text))
		}
		return code("[" + strings.Join(all, ", ") + "]")
	case nil:
	default:
		return code(fmt.Sprint(preset))
	}
	switch {
	case p.Required:
		return "required"
	case p.NeededBy != "":
		return "required with " + code(p.NeededBy)
	}
	return p.Otherwise
}

// claims is the table of what a role says of tokens, by the form of their issuer.
func claims(b *strings.Builder, language *spec.Kind) {
	b.WriteString("\nWhat tokens have to say is written in the words of the issuer whose tokens the runners show, as lists of text:\n\n")
	b.WriteString("| issuer | argument | | an element is | such as |\n|---|---|---|---|---|\n")
	for _, issuer := range language.Inner {
		if issuer.Claims == nil {
			continue
		}
		for _, form := range issuer.Inner {
			claimed(b, code(form.Word), form.Claims)
		}
		claimed(b, "others", issuer.Claims)
	}
}

func claimed(b *strings.Builder, issuer string, all spec.Claims) {
	for i, c := range all {
		need := "optional"
		switch {
		case c.Choice && c.When != "":
			need = "the same, " + c.When
		case c.Choice:
			need = "one or more of " + or(all.Choice(), code)
		case i == 0:
			need = "required"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", issuer, code(c.Name), need, c.What, quoted(c.Example))
	}
}

// quoted is an example of elements, with words between them.
func quoted(example string) string {
	parts := strings.Split(example, `"`)
	for i := 1; i < len(parts); i += 2 {
		parts[i] = code(strconv.Quote(parts[i]))
	}
	return strings.Join(parts, "")
}

// references is the table of what can be referred to.
func references(b *strings.Builder, language *spec.Kind) {
	b.WriteString("\n## References, locals and functions\n\n| reference | attributes |\n|---|---|\n")
	for _, k := range language.Inner {
		if !k.Named {
			continue
		}
		var all []string
		for _, a := range k.Attributes {
			text := code(a.Name)
			if a.Meaning != "" {
				text += " (" + a.Meaning + ")"
			}
			all = append(all, text)
		}
		fmt.Fprintf(b, "| %s | %s |\n", code(k.Word+".X"), strings.Join(all, ", "))
	}
	b.WriteString("| `local.X` | what a `locals` block says |\n\n" +
		"A block as a whole (`push = [image.app]`) stands where an argument takes a block; an attribute (`image.app.url`) stands in text.\n")
}

// called lists the functions.
func called(b *strings.Builder, functions []string) {
	var all []string
	for _, name := range functions {
		all = append(all, code(name))
	}
	fmt.Fprintf(b, "\n%s\n", wordwrap.WrapString("Functions are Terraform's, by name and meaning, those that give the same on every machine and every day: "+
		strings.Join(all, ", ")+". Paths are relative to the spec's folder and never lead out of it.", 128))
}
