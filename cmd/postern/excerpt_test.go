package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints"
	"github.com/postern-dev/postern/generator"
)

// console for tests, and what it prints to whom.
func consoleOf(terminal bool) (*console, *strings.Builder, *strings.Builder) {
	var out, err strings.Builder
	return &console{out: sink{Writer: &out, width: 78, terminal: terminal}, err: sink{Writer: &err, width: 78, terminal: terminal}}, &out, &err
}

// TestDiagnosticsAsHCLPrintsThem prints all known mistakes, with and without colour, as the writer of HCL does.
func TestDiagnosticsAsHCLPrintsThem(t *testing.T) {
	t.Chdir("../../golden/testdata/mistakes")
	specs, err := filepath.Glob("*.hcl")
	require.NoError(t, err)
	specs = append(specs, "folder-of-files", "json-form")
	require.Greater(t, len(specs), 100)
	for _, spec := range specs {
		result, diags := generator.Generate(spec, blueprints.All)
		for _, terminal := range []bool{false, true} {
			var want strings.Builder
			c, _, got := consoleOf(terminal)
			c.diagnose(diags, result.Files)
			require.NoError(t, hcl.NewDiagnosticTextWriter(&want, result.Files, 78, terminal).WriteDiagnostics(diags))
			assert.Equal(t, want.String(), got.String(), spec)
		}
	}
}

// TestExcerptsOfEveryRange compares excerpts with those of HCL for all ranges of a text with all that ends or begins lines.
func TestExcerptsOfEveryRange(t *testing.T) {
	for _, text := range []string{"", "a", "\n", "\n\n", "ab\ncd\n", "ab\r\n\r\ncd", "é\n\r\n日", "a {\n  b = 1\n}\n"} {
		files := map[string]*hcl.File{"a.hcl": {Body: hcl.EmptyBody(), Bytes: []byte(text)}}
		for from := 0; from <= len(text); from++ {
			for to := from; to <= len(text); to++ {
				at := hcl.Range{Filename: "a.hcl", Start: hcl.Pos{Line: 1 + strings.Count(text[:from], "\n"), Byte: from}, End: hcl.Pos{Byte: to}}
				d := &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "S", Detail: "D.", Subject: &at}
				var want strings.Builder
				require.NoError(t, hcl.NewDiagnosticTextWriter(&want, files, 78, true).WriteDiagnostic(d))
				if !valid(want.String()) {
					continue // a range within a character
				}
				c, _, got := consoleOf(true)
				c.diagnose(hcl.Diagnostics{d}, files)
				assert.Equal(t, want.String(), got.String(), "%q %d-%d", text, from, to)
			}
		}
	}
}

func valid(text string) bool { return strings.ToValidUTF8(text, "") == text }

// TestManyMistakes: each file is gone through once, however many mistakes it has.
func TestManyMistakes(t *testing.T) {
	text := strings.Repeat("a {\n  b = 1\n}\n\n", 20_000)
	files := map[string]*hcl.File{"a.hcl": {Body: hcl.EmptyBody(), Bytes: []byte(text)}}
	e := excerpts{files: files}
	d := &hcl.Diagnostic{Subject: &hcl.Range{Filename: "a.hcl", Start: hcl.Pos{Line: 79_998, Byte: 79_999 * 15 / 4}, End: hcl.Pos{Byte: 79_999*15/4 + 1}}}
	e.of(d)
	again := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			e.of(d)
		}
	})
	assert.Less(t, again.AllocedBytesPerOp(), int64(len(text)/100), "it grows with the file")
}

// TestLongLinesAreShortened quotes values, lines and files of a MiB.
func TestLongLinesAreShortened(t *testing.T) {
	t.Chdir(t.TempDir())
	long := strings.Repeat("ä", 1<<19)
	for name, text := range map[string]string{
		"value":  `account "a" {` + "\n  id     = \"" + long + "\"\n  region = \"eu-west-1\"\n}\n",
		"label":  `account "` + long + `" {` + "\n  id     = \"111111111111\"\n  region = \"eu-west-1\"\n}\n",
		"word":   long + " = 1\n",
		"file":   `locals {` + "\n  a = file(\"" + long + "\")\n}\n",
		"number": `locals {` + "\n  a = tonumber(\"" + long + "\")\n}\n",
		"choice": "postern {\n  encryption = \"" + long + "\"\n}\n",
		"local":  "postern {\n  encryption = local.a[\"" + long + "\"]\n}\nlocals {\n  a = {}\n}\n",
		"lines":  "account \"a\" {\n" + strings.Repeat("\n", 10_000) + "}\nlocals {\n  a = [" + strings.Repeat("\n", 10_000) + "\n] + 1\n}\n",
	} {
		put(t, "postern.hcl", "", text)
		code, _, stderr := postern("check")
		assert.Equal(t, 1, code, name)
		assert.Less(t, len(stderr), 10_000, name)
		assert.Contains(t, stderr, "Error: ", name)
	}
}

// TestTerminalsAreNotCommanded writes what a terminal would obey into a spec, names of files, generated files and arguments.
func TestTerminalsAreNotCommanded(t *testing.T) {
	const evil = "\x1b[8m\u202e\u009b2J\x07"
	t.Chdir(t.TempDir())
	must(t, "init", "--example", "sealed-build")
	must(t, "generate")
	put(t, "live/ACCESS.md", "# Who gets in", "# Who "+evil)
	put(t, "live/tooling/ap-northeast-1/network/"+evil+".tf", "", "resource \"aws_internet_gateway\" \"mine\" {\n  vpc_id = aws_vpc.ci.id # "+evil+"\n}\n")
	put(t, evil+"/postern.hcl", "", "account \""+evil+"\" {\n  id = \""+evil+"\" # "+evil+"\n}\n")
	for _, args := range [][]string{{"check"}, {"prove"}, {"generate"}, {"check", evil}, {"check", "no" + evil}, {evil}, {"explain", evil}, {"generate", "--output", evil}, {"generate", "--output", evil}, {"init", evil + "2"}} {
		c, out, err := consoleOf(true)
		c.run(args, blueprints.All)
		shown := out.String() + err.String()
		for _, ours := range []string{"\x1b[0m", "\x1b[1m", "\x1b[1;4m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[36m", "\r\x1b[K"} {
			shown = strings.ReplaceAll(shown, ours, "")
		}
		assert.NotEmpty(t, shown)
		assert.False(t, strings.ContainsAny(shown, "\x1b\u202e\u009b\x07"), "%q: %q", args, shown)
	}
	_, stdout, _ := postern("check")
	assert.NotContains(t, stdout, `\x1b`, "a diff that is redirected can be applied")
}
