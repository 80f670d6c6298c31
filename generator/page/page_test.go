package page_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/page"
)

var nasty = []string{
	"", " ", "plain", "a b", "yes", "No", "null", "~", "12", "1e3", "0x1f", "2026-11-21", "a: b", "a:", "a #b", "#a", "- a", "? a", "!a", "&a", "*a", "{a}", "[a]",
	"'", "it's", `"`, `a"b`, `\`, `\n`, "a\nb", "a\n```\nb", "\t", "$HOME", "${x}", "$(id)", "`id`", "``", "a|b", "a\u2028b", "日本語", "<b>", "%", "@a", "a ", "a\x00b", "é", "a:: ",
}

func TestYAML(t *testing.T) {
	for _, s := range nasty {
		want, err := json.Marshal([]string{s})
		require.NoError(t, err)
		assert.YAMLEq(t, string(want), "- "+page.YAML(s), s)
		want, err = json.Marshal(map[string]string{"a": s})
		require.NoError(t, err)
		assert.YAMLEq(t, string(want), "a: "+page.YAML(s), s)
	}
	for _, s := range []string{"arn:aws:iam::111111111111:role/a+b=c,d.e@f-g", `echo "$A" > "$B"`, "https://ci.example.com"} {
		assert.Equal(t, s, page.YAML(s), "needs no quotes")
	}
}

func TestShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	for _, s := range nasty {
		if strings.Contains(s, "\x00") {
			continue // no argument of a program holds it
		}
		out, err := exec.CommandContext(t.Context(), sh, "-c", "printf %s "+page.Shell(s)).Output()
		require.NoError(t, err)
		assert.Equal(t, s, string(out))
	}
}

func TestGroovy(t *testing.T) {
	for s, want := range map[string]string{"a": `'a'`, "it's": `'it\'s'`, `\`: `'\\'`, "$x": `'$x'`} {
		assert.Equal(t, want, page.Groovy(s))
	}
}

func TestMarkdown(t *testing.T) {
	for s, want := range map[string]string{"a": "`a`", "a`b": "`` a`b ``", "a\nb": "`a\uFFFDb`", " ": "`   `"} {
		assert.Equal(t, want, page.Code(s))
	}
	assert.Equal(t, "```sh\na\n```\n", page.Fenced("sh", "a\n\n"))
	assert.Equal(t, "````\n```\n````\n", page.Fenced("", "```"))
}
