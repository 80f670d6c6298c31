package spec

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// evaluated is the value of an expression as the name of a repository, and the diagnostics.
func evaluated(t *testing.T, expression string) (string, string) {
	text := account + "repository \"r\" {\n  account = account.a\n  name    = " + expression + "\n}\n"
	spec, _, diags := Load(filepath.Join(folderWith(t, map[string]string{"postern.hcl": text, "big": strings.Repeat("x", 1000000)}), "postern.hcl"))
	var details []string
	for _, d := range diags {
		details = append(details, d.Summary+": "+d.Detail)
	}
	if len(spec.Repositories) == 0 {
		return "", strings.Join(details, "\n")
	}
	return spec.Repositories[0].Repo.V, strings.Join(details, "\n")
}

func TestFunctions(t *testing.T) {
	for expression, want := range map[string]string{
		`abs(-3)`: "3", `ceil(1.2)`: "2", `floor(1.8)`: "1", `max(1, 3, 2)`: "3", `min(1, 3, 2)`: "1", `pow(2, 8)`: "256", `signum(-3)`: "-1",
		`chomp("a\n")`: "a", `format("%s-%02d", "a", 7)`: "a-07", `join(",", formatlist("%s!", ["a", "b"]))`: "a!,b!",
		`indent(2, "a\nb")`: "a\n  b", `join("-", ["a", "b"])`: "a-b", `lower("A")`: "a", `upper("a")`: "A", `title("a b")`: "A B",
		`regex("[0-9]+", "ab12")`: "12", `length(regexall("[0-9]", "a1b2"))`: "2", `replace("a.b", ".", "-")`: "a-b",
		`replace("a1b2", "/[0-9]/", "")`: "ab", `split(",", "a,b")[1]`: "b", `strrev("ab")`: "ba", `substr("abc", 1, 1)`: "b",
		`trim("xax", "x")`: "a", `trimprefix("xa", "x")`: "a", `trimsuffix("ax", "x")`: "a", `trimspace(" a ")`: "a",
		`startswith("abc", "ab")`: "true", `endswith("abc", "bc")`: "true", `length("äb")`: "2", `length({ a = 1 })`: "1", `length([1, 2])`: "2",
		`length(chunklist([1, 2, 3], 2))`: "2", `coalesce(null, "a")`: "a", `coalescelist([], ["a"])[0]`: "a", `compact(["", "a"])[0]`: "a",
		`concat(["a"], ["b"])[1]`: "b", `contains(["a"], "a")`: "true", `length(distinct(["a", "a"]))`: "1", `element(["a", "b"], 3)`: "b",
		`join("", flatten([["a"], ["b"]]))`: "ab", `keys({ b = 1, a = 1 })[0]`: "a", `lookup({ a = "x" }, "b", "y")`: "y",
		`merge({ a = "x" }, { a = "y" }).a`: "y", `range(3)[2]`: "2", `reverse(["a", "b"])[0]`: "b", `length(setproduct(["a", "b"], [1, 2]))`: "4",
		`length(setunion(["a"], ["b"]))`: "2", `length(setsubtract(["a"], ["a"]))`: "0", `length(setintersection(["a"], ["a"]))`: "1",
		`slice(["a", "b"], 1, 2)[0]`: "b", `sort(["b", "a"])[0]`: "a", `values({ a = "x" })[0]`: "x", `zipmap(["a"], ["b"]).a`: "b",
		`csvdecode("a,b\n1,2")[0].b`: "2", `jsondecode("{\"a\": [\"x\"]}").a[0]`: "x", `jsonencode({ a = 1 })`: `{"a":1}`,
		`yamldecode("a: [x]").a[0]`: "x", `yamldecode("a: &x [1]\nb: *x").b[0]`: "1", `yamlencode({ a = 1 })`: "\"a\": 1\n",
		`parseint("ff", 16)`: "255", `tostring(1)`: "1", `tonumber("1")`: "1", `tobool("true")`: "true", `tolist(["a"])[0]`: "a",
		`tomap({ a = "x" }).a`: "x", `length(toset(["a", "a"]))`: "1", `can(tonumber("x"))`: "false", `try(tonumber("x"), "y")`: "y",
		`cidrsubnet("10.0.0.0/8", 8, 2)`: "10.2.0.0/16", `cidrhost("10.0.0.0/8", -2)`: "10.255.255.254",
		`cidrnetmask("10.0.0.0/12")`: "255.240.0.0", `join(" ", cidrsubnets("10.0.0.0/8", 1, 2, 2))`: "10.0.0.0/9 10.128.0.0/10 10.192.0.0/10",
		`cidrsubnet("fd00::/8", 8, 2)`: "fd02::/16", `fileexists("x")`: "false", `fileexists("postern.hcl")`: "true",
		`length(file("postern.hcl")) > 10`: "true", `account.a == account["a"]`: "true", `length(toset([account.a, account.a]))`: "1",
		`(values(account)[*].id)[0]`: "111111111111", `[for k, v in account : k][0]`: "a", `(account.a).id`: "111111111111",
	} {
		got, mistakes := evaluated(t, expression)
		assert.Empty(t, mistakes, expression)
		assert.Equal(t, want, got, expression)
	}
}

func TestNoImpureFunctions(t *testing.T) {
	for _, name := range []string{"timestamp", "uuid", "bcrypt", "env", "pathexpand", "templatefile"} {
		_, mistakes := evaluated(t, name+"()")
		assert.Contains(t, mistakes, "Unknown function", name)
	}
}

// TestLimits tries to make small texts take much time or memory.
func TestLimits(t *testing.T) {
	const megabyte = `file("big")`
	for expression, want := range map[string]string{
		`length([for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]])`:                "Too much work",
		`"%{for a in range(1000)}%{for b in range(1000)}%{for c in range(1000)}x%{endfor}%{endfor}%{endfor}"`: "Too much work",
		`try([for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]], "x")`:              "Too much work",
		`length(setproduct(range(1000), range(1000), range(1000)))`:                                           "Too much work",
		`length(range(100000))`:     "more than 1024 values",
		`format("%1000000000d", 1)`: "larger than 1000",
		`format("%[1]s` + strings.Repeat(`%[1]s`, 1000) + `", ` + megabyte + `)`:                                                                                                          "Too much work",
		`formatlist("%[1]s%[1]s%[1]s%[1]s%[2]s%[3]s%[3]s%[3]s%[3]s%[3]s%[3]s%[3]s%[3]s%[3]s%[3]s%[3]s%[3]s%[3]s%[3]s%[3]s%[3]s%[3]s%[3]s%[3]s", [for i in range(3) : file("big")]...)[0]`: "Too much work",
		`indent(1000000000, "a\nb")`:                         "from 0 to 1000",
		`indent(-1, "a\nb")`:                                 "from 0 to 1000",
		`replace(` + megabyte + `, "", ` + megabyte + `)`:    "Too much work",
		`replace(` + megabyte + `, "/x/", ` + megabyte + `)`: "Too much work",
		`regex("(((x{10}){10}){10})*y", ` + megabyte + `)`:   "Too much work",
		`regex("` + strings.Repeat("x", 2000) + `", "x")`:    "more than 1024 bytes",
		`join(` + megabyte + `, range(1000))`:                "Too much work",
		`trim(` + megabyte + `, ` + megabyte + `)`:           "Too much work",
		`1e600000000`:                    "Number too large",
		`"${1e600000000}"`:               "Number too large",
		`1e200 * 1e200`:                  "Number too large",
		`pow(2, 1e308)`:                  "Number too large",
		`pow(-1, 0.5)`:                   "cannot be worked out",
		`"${jsondecode("1e600000000")}"`: "Number too large",
		`join("", [for i in range(1002) : "9"]) * 1`:                         "Number too large",
		`parseint(join("", [for i in range(1002) : "f"]), 16)`:               "more than 1000 digits",
		`jsondecode(join("", [for i in range(1000) : "["]))`:                 "nested more than",
		`yamldecode(join("", [for i in range(1000) : "["]))`:                 "nested more than",
		`yamldecode(join("", [for i in range(1000) : "- "]))`:                "on one line",
		`yamldecode("a: &a [x]\nb: [` + strings.Repeat("*a, ", 20) + `]").a`: "aliases",
		`yamldecode(` + megabyte + `)`:                                       "bytes",
		`cidrsubnet("10.0.0.0/8", 1000000000, 1)`:                            "can grow by",
		`cidrsubnet("10.0.0.0/8", -1, 1)`:                                    "can grow by",
	} {
		t.Run(fmt.Sprintf("%.60s", expression), func(t *testing.T) {
			_, mistakes := evaluated(t, expression)
			assert.Contains(t, mistakes, want)
			assert.NotContains(t, mistakes, "goroutine")
		})
	}
}

// TestDoubling lets values grow by repeating each other.
func TestDoubling(t *testing.T) {
	for first, next := range map[string]string{
		`"abcdefghij"`: `"${local.l%[1]d}${local.l%[1]d}"`,
		`[1]`:          `[local.l%[1]d, local.l%[1]d]`,
		`[2]`:          `concat(local.l%[1]d, local.l%[1]d)`,
	} {
		var text strings.Builder
		fmt.Fprintf(&text, "%slocals {\n  l0 = %s\n", account, first)
		for i := range 60 {
			fmt.Fprintf(&text, "  l%d = %s\n", i+1, fmt.Sprintf(next, i))
		}
		text.WriteString("}\n")
		_, _, diags := Load(folderWith(t, map[string]string{"postern.hcl": text.String()}))
		require.Len(t, diags, 1, first)
		assert.Equal(t, "Too much work", diags[0].Summary)
	}
}

// TestNesting nests in every way there is; the parser's stack must not see it.
func TestNesting(t *testing.T) {
	const n = 100000
	for _, text := range []string{
		strings.Repeat("(", n), strings.Repeat("[", n), strings.Repeat("{a=", n), strings.Repeat(`"${`, n), strings.Repeat("!", n),
		"1" + strings.Repeat("+1", n), strings.Repeat("true?1:", n) + "1", "b" + strings.Repeat("[c]", n), "b" + strings.Repeat("[*]", n),
		`"` + strings.Repeat("%{if true}", n), strings.Repeat("f(", n), strings.Repeat("[for a in [1]: ", n), "<<A\n" + strings.Repeat("${<<A\n", n),
		strings.Repeat("-", n), strings.Repeat("/**/[", n), strings.Repeat("[ # ]\n", n), strings.Repeat(`["]",`, n), strings.Repeat(`["${"]"}",`, n),
	} {
		_, _, diags := Load(folderWith(t, map[string]string{"postern.hcl": "locals {\n  a = " + text + "\n}\n"}))
		require.NotEmpty(t, diags, "%.20s", text)
		assert.Equal(t, "Nested too deeply", diags[0].Summary, "%.20s", text)
	}
	_, _, diags := Load(folderWith(t, map[string]string{"postern.hcl": strings.Repeat("a {\n", n)}))
	assert.Equal(t, "Nested too deeply", diags[0].Summary)
}

// TestWide is as long as specs may be, but not deep.
func TestWide(t *testing.T) {
	var text strings.Builder
	text.WriteString(account + "locals {\n  list = [\n")
	for i := range 500 {
		fmt.Fprintf(&text, "    { a = \"${account.a.id}-%d\", b = [1, (2 + 3)] }, # (\n", i)
	}
	text.WriteString("  ]\n  text = <<-EOT\n")
	text.WriteString(strings.Repeat("    ${account.a.id} (\n", 1000))
	text.WriteString("  EOT\n}\n")
	_, _, diags := Load(folderWith(t, map[string]string{"postern.hcl": text.String()}))
	assert.Empty(t, diags)
}
