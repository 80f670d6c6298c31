package proof

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/postern-dev/postern/generator/evidence"
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

// settings are the lines of a resource that set an argument outside of policies, by the numbers of their lines.
func settings(text string) (at []int) {
	inPolicy, one := false, regexp.MustCompile(`^ +[\w-]+ += .*[^\[{(]$`)
	for n, line := range strings.Split(text, "\n") {
		if strings.HasSuffix(line, "jsonencode({") {
			inPolicy = true
		}
		if !inPolicy && one.MatchString(line) {
			at = append(at, n)
		}
		if line == "  })" {
			inPolicy = false
		}
	}
	return at
}

// otherwise is a line that sets an argument to something else.
func otherwise(line string) string {
	name, value, _ := strings.Cut(line, "= ")
	switch value {
	case "true":
		return name + "= false"
	case "false":
		return name + "= true"
	}
	if n, err := strconv.Atoi(value); err == nil {
		return name + "= " + strconv.Itoa(n+1)
	}
	if strings.HasPrefix(value, "[") {
		return name + `= ["x"]`
	}
	return name + `= "x"`
}

// indifferent are changes of arguments that change nothing.
var indifferent = map[string]string{
	"include_cookies of aws_cloudfront_distribution gone":         "false is what it is then",
	"max_session_duration of aws_iam_role gone":                   "an hour is what it is then, and where the spec has another, it is noticed",
	"id of aws_s3_bucket_replication_configuration another":       "a rule may have any name, as long as none has it twice",
	"priority of aws_s3_bucket_replication_configuration another": "rules may have any priority, as long as none has it twice",
	"name of aws_iam_role another, in network/flow_logs.tf":       "the flow log knows its role by reference alone",
}

// TestEverySettingIsRead: each argument of each kind of resource that postern writes is noticed when it has another value, and
// when it is gone, but for those that are free.
func TestEverySettingIsRead(t *testing.T) {
	free := map[string]bool{}
	for _, f := range evidence.Free() {
		kind, path, _ := strings.Cut(f, " ")
		free[kind+" "+path[strings.LastIndexByte(path, '.')+1:]] = true
	}
	for _, name := range everyGolden(t) {
		resolved, files := recorded(t, name)
		seen := map[string]bool{}
		for i, f := range files {
			for _, at := range aResource.FindAllSubmatchIndex(f.Data, -1) {
				kind, text := string(f.Data[at[2]:at[3]]), string(f.Data[at[0]:at[1]])
				for _, n := range settings(text) {
					lines := strings.Split(text, "\n")
					setting, _, _ := strings.Cut(lines[n], "=")
					argument := strings.TrimSpace(setting)
					if seen[kind+setting] || free[kind+" "+argument] || free["* "+argument] || argument == "Name" { // a tag
						continue
					}
					seen[kind+setting] = true
					gone := slices.Delete(slices.Clone(lines), n, n+1)
					lines[n] = otherwise(lines[n])
					for how, edited := range map[string][]string{"gone": gone, "another": lines} {
						changed := slices.Clone(files)
						changed[i].Data = slices.Concat(f.Data[:at[0]], []byte(strings.Join(edited, "\n")), f.Data[at[1]:])
						what := argument + " of " + kind + " " + how
						if report := Prove(resolved, changed); len(report.Failures) == 0 {
							_, known := indifferent[what]
							_, here := indifferent[what+", in "+strings.Join(strings.Split(f.Path, "/")[2:], "/")]
							assert.True(t, known || here, "%s: %s, in %s", name, what, f.Path)
						}
					}
				}
			}
		}
	}
}
