package roles

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var nasty = []string{
	"", " ", "plain", "a b", "yes", "No", "null", "~", "12", "1e3", "0x1f", "2026-11-21", "a: b", "a:", "a #b", "#a", "- a", "? a", "!a", "&a", "*a", "{a}", "[a]",
	"'", "it's", `"`, `a"b`, `\`, `\n`, "a\nb", "a\n```\nb", "\t", "$HOME", "${x}", "$(id)", "`id`", "``", "a|b", "a\u2028b", "日本語", "<b>", "%", "@a", "a ", "a\x00b", "é", "a:: ",
}

func TestYAML(t *testing.T) {
	for _, s := range nasty {
		want, err := json.Marshal([]string{s})
		require.NoError(t, err)
		assert.YAMLEq(t, string(want), "- "+yaml(s), s)
		want, err = json.Marshal(map[string]string{"a": s})
		require.NoError(t, err)
		assert.YAMLEq(t, string(want), "a: "+yaml(s), s)
	}
	for _, s := range []string{"arn:aws:iam::111111111111:role/a+b=c,d.e@f-g", `echo "$A" > "$B"`, "https://ci.example.com"} {
		assert.Equal(t, s, yaml(s), "needs no quotes")
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
		out, err := exec.CommandContext(t.Context(), sh, "-c", "printf %s "+shell(s)).Output()
		require.NoError(t, err)
		assert.Equal(t, s, string(out))
	}
}

func TestGroovy(t *testing.T) {
	for s, want := range map[string]string{"a": `'a'`, "it's": `'it\'s'`, `\`: `'\\'`, "$x": `'$x'`} {
		assert.Equal(t, want, groovy(s))
	}
}

func TestMarkdown(t *testing.T) {
	for s, want := range map[string]string{"a": "`a`", "a`b": "`` a`b ``", "a\nb": "`a\uFFFDb`", " ": "`   `"} {
		assert.Equal(t, want, code(s))
	}
	assert.Equal(t, "```sh\na\n```\n", fenced("sh", "a\n\n"))
	assert.Equal(t, "````\n```\n````\n", fenced("", "```"))
}

func TestNames(t *testing.T) {
	u := unique{}
	assert.Equal(t, []string{"a", "a2", "a22", "a3"}, []string{u.name("a"), u.name("a"), u.name("a2"), u.name("a")})
	assert.Equal(t, "CiProd1", camel("ci-prod1"))
	assert.Equal(t, "a_b_c-1", identifier("a.b@c-1"))
	assert.Equal(t, strings.Repeat("word ", 23)[:114]+"\nword word", folded(strings.TrimSpace(strings.Repeat("word ", 25))))
}
