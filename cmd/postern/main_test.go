package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints"
	"github.com/postern-dev/postern/examples"
	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

func TestMain(m *testing.M) {
	if bug := os.Getenv("POSTERN_TEST_BUG"); bug != "" {
		blueprints.All = []generator.Blueprint{buggy(bug)}
		main()
	}
	os.Exit(m.Run())
}

// postern runs a command line in the current folder.
func postern(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(args, &out, &err, blueprints.All)
	return code, out.String(), err.String()
}

// must runs a command line that succeeds.
func must(t *testing.T, args ...string) string {
	code, stdout, stderr := postern(args...)
	require.Zero(t, code, stderr)
	require.Empty(t, stderr)
	return stdout
}

// put replaces text in a file, or makes it if old is empty.
func put(t *testing.T, name, old, text string) {
	if old != "" {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Contains(t, string(data), old)
		text = strings.ReplaceAll(string(data), old, text)
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
}

// contents returns all files below the current folder.
func contents(t *testing.T) map[string]string {
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		if !d.Type().IsRegular() {
			files[name] = d.Type().String()
			return nil
		}
		data, err := os.ReadFile(name)
		files[name] = string(data)
		return err
	}))
	return files
}

const (
	imageApp = "live/tooling/eu-central-1/storage/image_app.tf"
	added    = "\nimage \"more\" {\n  account = account.tooling\n}\n"
	network  = `cidr    = "10.20.0.0/20"`
)

func TestFirstHour(t *testing.T) {
	t.Chdir(t.TempDir())
	assert.Equal(t, "+ postern.hcl\n\nMake it yours, then run: postern generate\n", must(t, "init"))

	code, stdout, stderr := postern("check")
	assert.Equal(t, 2, code)
	assert.Contains(t, stdout, "--- /dev/null\n+++ b/live/README.md\n@@ -0,0 +1,")
	assert.Regexp(t, `^live is not what the spec asks for: \d+ to create, 0 to change, 0 to delete\. Run: postern generate\n$`, stderr)
	assert.NoDirExists(t, "live")

	stdout = must(t, "generate")
	assert.Contains(t, stdout, "+ "+imageApp+"\n")
	assert.Regexp(t, `\+ live/\.postern\.json\n\n\d+ created, 0 changed, 0 deleted\.\n$`, stdout)
	assert.Equal(t, "Nothing to do: live is up to date.\n", must(t, "generate"))
	assert.Equal(t, "No difference: live is what the spec asks for.\n", must(t, "check"))

	data, err := os.ReadFile("postern.hcl")
	require.NoError(t, err)
	put(t, "postern.hcl", "", string(data)+added)
	before := contents(t)
	code, stdout, stderr = postern("check", "postern.hcl")
	assert.Equal(t, 2, code)
	assert.Contains(t, stdout, "+++ b/live/tooling/eu-central-1/storage/image_more.tf\n")
	assert.Contains(t, stderr, "1 to create")
	assert.True(t, strings.HasSuffix(stderr, "Run: postern generate postern.hcl\n"), stderr)
	assert.Equal(t, before, contents(t), "check writes nothing")

	stdout = must(t, "generate")
	assert.Contains(t, stdout, "+ live/tooling/eu-central-1/storage/image_more.tf\n")
	assert.Contains(t, stdout, "~ live/.postern.json\n")
	assert.NotContains(t, stdout, imageApp)

	put(t, "postern.hcl", added, "")
	assert.Contains(t, must(t, "generate"), "- live/tooling/eu-central-1/storage/image_more.tf\n")
}

func TestEveryExample(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range examples.Names() {
		assert.Contains(t, must(t, "init", name, "--example", name), "Make it yours, then run: postern generate "+name+"\n")
		must(t, "generate", name)
		assert.Regexp(t, "^No difference: "+name+`/\S+ is what the spec asks for\.\n$`, must(t, "check", name))
	}
}

func TestInitRefusesToOverwrite(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "postern.hcl", "", "mine")
	require.NoError(t, os.Mkdir("linked", 0o755))
	require.NoError(t, os.Symlink("nowhere", "linked/postern.hcl"))
	put(t, "other/buildspec.yml", "", "mine")
	put(t, "file", "", "mine")
	before := contents(t)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"init"}, "Error: File exists already\n\n  postern.hcl\n"},
		{[]string{"init", "linked"}, "Error: File exists already\n\n  linked/postern.hcl\n"},
		{[]string{"init", "other", "--example", "existing-vpc"}, "Error: File exists already\n\n  other/buildspec.yml\n"},
		{[]string{"init", "file"}, "Error: File not written\n"},
		{[]string{"init", "x", "--example", "seald-build"}, "Error: Unknown example \"seald-build\"\n\nDid you mean \"sealed-build\"?"},
		{[]string{"init", "x", "--example", "?"}, "Error: Unknown example \"?\"\n\nWrite one of bitbucket-addresses,"},
	} {
		code, stdout, stderr := postern(test.args...)
		assert.Equal(t, 1, code)
		assert.Empty(t, stdout)
		assert.Contains(t, stderr, test.want)
		assert.Equal(t, before, contents(t))
	}
}

func TestOutput(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "init", "specs")
	put(t, "specs/postern.hcl", `output = "live"`, `output = "terraform/ci"`)
	assert.Contains(t, must(t, "generate", "specs"), "\n+ specs/terraform/ci/.postern.json\n")
	assert.Contains(t, must(t, "generate", "specs/postern.hcl"), "Nothing to do: specs/terraform/ci is up to date.")

	assert.Contains(t, must(t, "generate", "specs", "--output", "./else where/"), "\n+ else where/.postern.json\n")
	put(t, "else where/README.md", "<!--", "<!-- ")
	_, stdout, stderr := postern("check", "specs", "-o", "else where")
	assert.Contains(t, stdout, "--- a/else where/README.md\n+++ b/else where/README.md\n")
	assert.True(t, strings.HasSuffix(stderr, "Run: postern generate specs --output \"else where\"\n"), stderr)

	absolute := filepath.ToSlash(t.TempDir())
	assert.Contains(t, must(t, "generate", "specs", "--output", absolute), "\n+ "+absolute+"/.postern.json\n")

	require.NoError(t, os.Mkdir("real", 0o755))
	require.NoError(t, os.Symlink("real", "link"))
	assert.Contains(t, must(t, "generate", "specs", "-o", "link"), "\n+ link/.postern.json\n")
	assert.FileExists(t, "real/README.md")
}

func TestEditedByHand(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "init")
	must(t, "generate")
	put(t, imageApp, "IMMUTABLE", "MUTABLE")
	put(t, "live/README.md", "", "<!-- Code generated by postern. DO NOT EDIT. -->\nmine")
	before := contents(t)

	code, stdout, stderr := postern("generate")
	assert.Equal(t, 1, code)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "Error: Generated file edited by hand\n\n  live/README.md\n\n")
	assert.Contains(t, stderr, "Error: Generated file edited by hand\n\n  "+imageApp+"\n\n")
	assert.Contains(t, stderr, "*_override.tf")
	assert.Contains(t, stderr, "--overwrite")

	code, stdout, stderr = postern("check")
	assert.Equal(t, 2, code)
	assert.Contains(t, stdout, "MUTABLE")
	assert.Contains(t, stderr, "Warning: Generated files edited by hand\n\n  live/README.md\n  "+imageApp+"\n\n")
	assert.Equal(t, before, contents(t))

	assert.Contains(t, must(t, "generate", "--overwrite"), "~ "+imageApp+"\n")
	must(t, "check")
}

// TestErrorWins: with a file in the way, check fails whatever else there is to say.
func TestErrorWins(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "init")
	put(t, imageApp, "", "mine")
	require.NoError(t, os.Symlink("nowhere", "live/README.md"))
	before := contents(t)
	for _, args := range [][]string{{"check"}, {"generate"}, {"generate", "--overwrite"}} {
		code, stdout, stderr := postern(args...)
		assert.Equal(t, 1, code)
		assert.Empty(t, stdout)
		assert.Contains(t, stderr, "Error: File not written by postern\n\n  "+imageApp+"\n\n")
		assert.Contains(t, stderr, "Error: Symbolic link in the way\n\n  live/README.md\n\n")
		assert.Equal(t, before, contents(t))
	}
	code, stdout, stderr := postern("check", "--json")
	assert.Equal(t, 1, code)
	assert.Empty(t, stderr)
	d := decode(t, stdout)
	assert.Equal(t, "live", d.Output)
	require.Len(t, d.Diagnostics, 2)
	assert.Equal(t, "live/README.md", d.Diagnostics[0].Path)
	assert.Equal(t, "error", d.Diagnostics[0].Severity)
}

func TestMistakesInSpec(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "init")
	must(t, "generate")
	put(t, "postern.hcl", network, `cidr    = "10.20.0.0/33"`)
	before := contents(t)
	for _, command := range []string{"generate", "check"} {
		code, stdout, stderr := postern(command)
		assert.Equal(t, 1, code)
		assert.Empty(t, stdout)
		assert.Regexp(t, `(?s)^Error: .*\n\n  on postern\.hcl line \d+, in network "ci":\n +\d+:   cidr    = "10\.20\.0\.0/33"\n`, stderr)
		assert.NotContains(t, stderr, "\x1b")
		assert.Equal(t, before, contents(t))

		code, stdout, stderr = postern(command, "--json")
		assert.Equal(t, 1, code)
		assert.Empty(t, stderr)
		d := decode(t, stdout)
		assert.NotNil(t, d.Changes)
		require.Len(t, d.Diagnostics, 1)
		require.NotNil(t, d.Diagnostics[0].Range)
		assert.Equal(t, "postern.hcl", d.Diagnostics[0].Range.Filename)
		assert.Equal(t, 13, d.Diagnostics[0].Range.Start.Column)
	}
	code, _, stderr := postern("check", "nowhere")
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "nowhere")
}

// decode reads one JSON document of the known form, and nothing after it.
func decode(t *testing.T, text string) document {
	var d document
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&d), text)
	require.False(t, decoder.More())
	return d
}

func TestJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "init")
	code, stdout, stderr := postern("check", "--json")
	assert.Equal(t, 2, code)
	assert.Empty(t, stderr)
	d := decode(t, stdout)
	assert.Equal(t, "live", d.Output)
	assert.Empty(t, d.Diagnostics)
	require.NotEmpty(t, d.Changes)
	i := slices.IndexFunc(d.Changes, func(c change) bool { return c.Path == imageApp })
	require.GreaterOrEqual(t, i, 0)
	assert.EqualValues(t, "created", d.Changes[i].Action)
	assert.True(t, strings.HasPrefix(d.Changes[i].Diff, "--- /dev/null\n+++ b/"+imageApp+"\n"))

	written := decode(t, must(t, "generate", "--json"))
	assert.Len(t, written.Changes, len(d.Changes))
	assert.Empty(t, written.Changes[0].Diff)
	assert.Equal(t, "{\n  \"output\": \"live\",\n  \"changes\": [],\n  \"diagnostics\": []\n}\n", must(t, "check", "--json"))

	put(t, imageApp, "IMMUTABLE", "MUTABLE")
	code, stdout, _ = postern("check", "--json")
	assert.Equal(t, 2, code)
	d = decode(t, stdout)
	assert.True(t, d.Changes[0].Edited)
	assert.Equal(t, "warning", d.Diagnostics[0].Severity)
}

// A wary blueprint emits nothing but a warning.
type wary struct{}

func (wary) Name() string { return "wary" }

func (wary) Emit(*topology.Topology) ([]tf.File, hcl.Diagnostics) {
	return nil, hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: "Thin ice", Detail: "Tread softly."}}
}

func TestWarnings(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "init")
	for _, command := range []string{"generate", "check"} {
		var out, err bytes.Buffer
		assert.Zero(t, run([]string{command}, &out, &err, slices.Concat(blueprints.All, []generator.Blueprint{wary{}})))
		assert.Equal(t, "Warning: Thin ice\n\nTread softly.\n\n", err.String())
		assert.NotEmpty(t, out.String())
	}
}

// A careless blueprint opens a way out of every network.
type careless struct{}

func (careless) Name() string { return "careless" }

func (careless) Emit(t *topology.Topology) (files []tf.File, _ hcl.Diagnostics) {
	for _, n := range t.Networks {
		gateway := tf.Resource("aws_internet_gateway", n.Name, tf.Attr("vpc_id", tf.Text(n.VPCID())))
		files = append(files, tf.File{Path: n.Stack(topology.NetworkLayer) + "/way_out.tf", Blocks: []*tf.Block{gateway}})
	}
	return files, nil
}

func TestTreeThatCannotBeProved(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "init")
	must(t, "generate")
	before := contents(t)
	all := slices.Concat(blueprints.All, []generator.Blueprint{careless{}})
	for _, args := range [][]string{{"generate"}, {"check"}, {"generate", "--overwrite"}, {"check", "--json"}} {
		var out, err bytes.Buffer
		assert.Equal(t, 1, run(args, &out, &err, all))
		assert.Equal(t, before, contents(t), "nothing is written")
		if args[len(args)-1] == "--json" {
			d := decode(t, out.String())
			require.Len(t, d.Diagnostics, 2)
			assert.Equal(t, "Way out of a sealed network", d.Diagnostics[0].Summary)
			assert.Equal(t, "postern.hcl", d.Diagnostics[0].Range.Filename)
			continue
		}
		assert.Empty(t, out.String())
		assert.Equal(t, `Error: Way out of a sealed network

  on postern.hcl line 42, in runner "builder":
  42: runner "builder" {

  live/tooling/eu-central-1/network/way_out.tf:4
  4:   vpc_id = aws_vpc.ci.id

network.ci has no way out, and an internet gateway is attached to it.

Error: Tree not proved

This Terraform is postern's own, and it does not do what the spec asks for, so
nothing is written. That is a mistake of postern's, or something that it
cannot express. Write it differently in the spec, and report this to the
authors of postern.

`, err.String())
	}
}

func TestMisuse(t *testing.T) {
	t.Chdir(t.TempDir())
	for line, want := range map[string]string{
		"chek":              "Error: Unknown command \"chek\"\n\nDid you mean \"check\"? Run \"postern --help\" to see the commands.\n\n",
		"zzz":               "Error: Unknown command \"zzz\"\n\nRun \"postern --help\" to see the commands.\n\n",
		"help zzz":          "Error: Unknown command \"zzz\"\n\nRun \"postern --help\" to see the commands.\n\n",
		"completion zhs":    "Error: Unknown command \"zhs\"\n\nDid you mean \"zsh\"? Run \"postern completion --help\" to see the commands.\n\n",
		"completion bash x": "Error: Unknown command \"x\" for \"postern completion bash\"\n\nRun \"postern --help\" to see how to use it.\n\n",
		"check --loud":      "Error: Unknown flag: --loud\n\nRun \"postern check --help\" to see the flags.\n\n",
		"check --overwrite": "Error: Unknown flag: --overwrite\n\nRun \"postern check --help\" to see the flags.\n\n",
		"generate -o":       "Error: Flag needs an argument: 'o' in -o\n\nRun \"postern generate --help\" to see the flags.\n\n",
		"check --json=x":    "Error: Invalid argument \"x\" for \"--json\" flag\n\nRun \"postern check --help\" to see the flags.\n\n",
		"check a b":         "Error: Unexpected argument \"b\"\n\npostern check takes one spec, which is a file or a folder. Run \"postern check\n--help\" to see how to use it.\n\n",
		"init a b":          "Error: Unexpected argument \"b\"\n\npostern init takes one folder. Run \"postern init --help\" to see how to use it.\n\n",
		"version x":         "Error: Unexpected argument \"x\"\n\npostern version takes no arguments. Run \"postern version --help\" to see how to\nuse it.\n\n",
	} {
		code, stdout, stderr := postern(strings.Fields(line)...)
		assert.Equal(t, 1, code, line)
		assert.Empty(t, stdout, line)
		assert.Equal(t, want, stderr)
	}
}

func TestHelp(t *testing.T) {
	var c console
	for _, cmd := range rootCommand(&c, nil).Commands() {
		assert.NotEmpty(t, cmd.Example, cmd.Name())
		for _, args := range [][]string{{cmd.Name(), "--help"}, {"help", cmd.Name()}} {
			stdout := must(t, args...)
			assert.Contains(t, stdout, "Usage:\n  postern "+cmd.Name())
			for line := range strings.Lines(stdout) {
				assert.LessOrEqual(t, len(line), 90, line)
			}
		}
	}
	assert.Contains(t, must(t), "Available Commands:")
}

func TestCompletion(t *testing.T) {
	assert.Contains(t, must(t, "completion", "bash"), "bash completion")
	_, stdout, _ := postern(cobra.ShellCompRequestCmd, "init", "--example", "seal")
	assert.Contains(t, stdout, "sealed-build\n")
	_, stdout, _ = postern(cobra.ShellCompRequestCmd, "generate", "--output", "")
	assert.Equal(t, fmt.Sprintf(":%d\n", cobra.ShellCompDirectiveFilterDirs), stdout)
	_, stdout, _ = postern(cobra.ShellCompRequestCmd, "check", "")
	assert.Equal(t, fmt.Sprintf("hcl\njson\n:%d\n", cobra.ShellCompDirectiveFilterFileExt), stdout)
}

func TestVersion(t *testing.T) {
	text := must(t, "version")
	assert.Regexp(t, `^postern \S+( \([0-9a-f]{12}(, modified)?\))? go1\.\d+.*\n$`, text)
	assert.Equal(t, text, must(t, "--version"))
	var b build
	require.NoError(t, json.Unmarshal([]byte(must(t, "version", "--json")), &b))
	assert.Equal(t, text, b.String()+"\n")
	assert.Equal(t, "postern v1.2.3 (0123456789ab, modified) go1.26",
		build{Version: "v1.2.3", Revision: "0123456789abcdef", Modified: true, Go: "go1.26"}.String())
}

func TestColour(t *testing.T) {
	const diff = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n c\n"
	mistake := complaint("Wrong", "Mend it.")
	show := func(terminal, plain bool) (string, string) {
		var out, err bytes.Buffer
		c := newConsole(&out, &err)
		c.out.terminal, c.err.terminal, c.plain = terminal, terminal, c.plain || plain
		c.diff(diff)
		c.diagnose(mistake, nil)
		return out.String(), err.String()
	}
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	out, err := show(true, false)
	assert.Contains(t, out, "\x1b[31m-a\x1b[0m\n\x1b[32m+b\x1b[0m\n c\n")
	assert.Equal(t, "\x1b[31mError\x1b[0m: Wrong\n\nMend it.\n\n", err)

	plain := func(terminal, plain bool) {
		out, err := show(terminal, plain)
		assert.Equal(t, diff, out)
		assert.Equal(t, "Error: Wrong\n\nMend it.\n\n", err)
	}
	plain(false, false)
	plain(true, true)
	t.Setenv("NO_COLOR", "1")
	plain(true, false)
}

func TestPathsStayInOnePiece(t *testing.T) {
	var out, err bytes.Buffer
	long := "  live/" + strings.Repeat("x", 80) + "/main.tf:1"
	newConsole(&out, &err).diagnose(complaint("Wrong", long+"\n\n"+strings.Repeat("word ", 20)+"\n\nMend it."), nil)
	words := strings.Repeat("word ", 15)
	assert.Equal(t, "Error: Wrong\n\n"+long+"\n\n"+strings.TrimSpace(words)+"\nword word word word word \n\nMend it.\n\n", err.String())
}

func TestProgress(t *testing.T) {
	var out, err bytes.Buffer
	c := newConsole(&out, &err)
	set, stop := c.progress()
	assert.Nil(t, set, "no terminal")
	stop()

	c.err.terminal = true
	set, stop = c.progress()
	set(1, 2)
	stop()
	assert.Empty(t, err.String(), "short runs say nothing")
}

// A closed writer fails.
type closed struct{ error }

func (c closed) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "stdout", Err: c.error}
}

func TestOutputFails(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "init")
	var stderr bytes.Buffer
	assert.Equal(t, 1, run([]string{"check"}, closed{syscall.ENOSPC}, &stderr, blueprints.All))
	assert.Contains(t, stderr.String(), "no space left on device")
	assert.Equal(t, 2, run([]string{"check"}, closed{syscall.EPIPE}, closed{syscall.EPIPE}, blueprints.All))
}

func TestSchema(t *testing.T) {
	var schema map[string]any
	require.NoError(t, json.Unmarshal([]byte(must(t, "schema")), &schema))
	assert.Equal(t, "https://json-schema.org/draft/2020-12/schema", schema["$schema"])
}
