package proof

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/postern-dev/postern/generator/tree"
)

// aResource is a resource as postern writes it, from its first line to its last.
var aResource = regexp.MustCompile(`(?ms)^resource "(\w+)" "(\w+)" \{\n.*?^\}\n`)

// ownName is the argument by which a resource is known, and its value as far as it is text.
var ownName = regexp.MustCompile(`(?m)^(  (?:name|bucket|repository_name|cidr_block|url|role|repository|destination_cidr_block|service_name) += )"([^"]*)"`)

// TestSecondResources: one more resource of a kind that postern writes is noticed in each of its files: the same one again, one
// of another name, and one about something that nobody knows.
func TestSecondResources(t *testing.T) {
	reference := regexp.MustCompile(`(?m)^(  \w+ += )((?:aws_|data\.)[\w.]+)$`)
	seconds := map[string]func(string) string{
		"the same":        func(text string) string { return text },
		"of another name": func(text string) string { return ownName.ReplaceAllString(text, `$1"${2}2"`) },
		"about another":   func(text string) string { return reference.ReplaceAllString(text, `$1"x"`) },
	}
	for _, name := range everyGolden(t) {
		resolved, files := recorded(t, name)
		assert.Empty(t, Prove(resolved, files).Failures, name)
		seen := map[string]bool{}
		for i, f := range files {
			for _, at := range aResource.FindAllSubmatchIndex(f.Data, -1) {
				kind, label := string(f.Data[at[2]:at[3]]), string(f.Data[at[4]:at[5]])
				if seen[kind] {
					continue
				}
				seen[kind] = true
				again := strings.Replace(string(f.Data[at[0]:at[1]]), `"`+label+`"`, `"second"`, 1)
				for how, second := range seconds {
					edited := slices.Clone(files)
					edited[i] = tree.File{Path: f.Path, Data: slices.Concat(f.Data, []byte("\n"+second(again)))}
					assert.NotEmpty(t, Prove(resolved, edited).Failures, "%s: %s %s, in %s", name, kind, how, f.Path)
				}
			}
		}
	}
}
