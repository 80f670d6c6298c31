package spec

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files")

// TestFixtures loads every folder of testdata and compares what comes out with its golden: spec.txt or diagnostics.txt.
func TestFixtures(t *testing.T) {
	for _, folder := range fixtures(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Chdir(folder)
			spec, files, diags := Load(".")
			golden, got := "spec.txt", dump(spec)
			if len(diags) > 0 {
				golden, got = "diagnostics.txt", render(t, files, diags)
			}
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err, "go test ./generator/spec -update writes it")
			assert.Equal(t, string(want), got, "go test ./generator/spec -update accepts the change")
		})
	}
}

// ranges as dump writes them
var ranges = regexp.MustCompile(` [^ \n]*\.hcl(\.json)?:[0-9,-]+`)

func meaning(t *testing.T, path string) string {
	spec, _, diags := Load(path)
	require.Empty(t, diags)
	return ranges.ReplaceAllString(dump(spec), "")
}

// TestForms holds the JSON form to mean the same as the native syntax.
func TestForms(t *testing.T) {
	for _, folder := range []string{"testdata/full", "testdata/roles", "testdata/published"} {
		assert.Equal(t, meaning(t, folder), meaning(t, folder+"-json"))
	}
}

// TestOrder shuffles the blocks of specs and spreads them over files.
func TestOrder(t *testing.T) {
	for _, folder := range []string{"full", "roles", "published"} {
		t.Run(folder, func(t *testing.T) { testOrder(t, filepath.Join("testdata", folder)) })
	}
}

func testOrder(t *testing.T, original string) {
	text, err := os.ReadFile(filepath.Join(original, "postern.hcl"))
	require.NoError(t, err)
	blocks := regexp.MustCompile(`(?m)^}\n`).Split(strings.Replace(string(text), `runner "nothing" {}`, "runner \"nothing\" {\n}", 1), -1)
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		folder := t.TempDir()
		require.NoError(t, os.CopyFS(folder, os.DirFS(original)))
		require.NoError(t, os.Remove(filepath.Join(folder, "postern.hcl")))
		random.Shuffle(len(blocks), func(i, j int) { blocks[i], blocks[j] = blocks[j], blocks[i] })
		files := map[string]string{}
		for _, b := range blocks {
			if strings.TrimSpace(b) != "" {
				files[fmt.Sprintf("%d.hcl", random.IntN(4))] += b + "}\n"
			}
		}
		for name, text := range files {
			require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
		}
		require.Equal(t, meaning(t, original), meaning(t, folder))
	}
}

var forbidden = regexp.MustCompile(`(?i)\binvalid\b|\bplease\b|capsule|cty`)

// TestVoice holds all recorded diagnostics of our own to the rules of mistake.
func TestVoice(t *testing.T) {
	advice := regexp.MustCompile(`(?:^|[.!] )(Write|Remove|Add|Rename|Make) [^\n]*\.$`)
	seen := 0
	for _, folder := range fixtures(t) {
		_, _, diags := Load(folder)
		for _, d := range diags {
			if d.Expression != nil || strings.HasPrefix(filepath.Base(folder), "hcl-") {
				continue // HCL's own
			}
			seen++
			assert.LessOrEqual(t, len(strings.Fields(d.Summary)), 6, d.Summary)
			assert.NotRegexp(t, `\.$`, d.Summary)
			assert.NotRegexp(t, forbidden, d.Summary+" "+d.Detail)
			assert.Regexp(t, advice, d.Detail)
		}
	}
	assert.Greater(t, seen, 30)
}

// fixtures are the folders of testdata, but for what the fuzzer found.
func fixtures(t testing.TB) []string {
	entries, err := os.ReadDir("testdata")
	require.NoError(t, err)
	var folders []string
	for _, e := range entries {
		if e.IsDir() && e.Name() != "fuzz" {
			folders = append(folders, filepath.Join("testdata", e.Name()))
		}
	}
	require.NotEmpty(t, folders)
	return folders
}

func render(t *testing.T, files map[string]*hcl.File, diags hcl.Diagnostics) string {
	var out bytes.Buffer
	require.NoError(t, hcl.NewDiagnosticTextWriter(&out, files, 120, false).WriteDiagnostics(diags))
	return regexp.MustCompile(`(?m) +$`).ReplaceAllString(out.String(), "")
}

// dump writes what is set, one argument a line, each with its range.
func dump(spec *Spec) string {
	var out strings.Builder
	write(&out, "", reflect.ValueOf(*spec))
	return out.String()
}

func write(out *strings.Builder, path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			write(out, path, v.Elem())
		}
	case reflect.Slice:
		if !v.IsNil() && v.Len() == 0 {
			fmt.Fprintf(out, "%s = []\n", path)
		}
		for i := range v.Len() {
			write(out, fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			write(out, path+"."+key.String(), v.MapIndex(key))
		}
	case reflect.Struct:
		writeStruct(out, path, v)
	default:
		fmt.Fprintf(out, "%s = %#v\n", path, v)
	}
}

func writeStruct(out *strings.Builder, path string, v reflect.Value) {
	switch x := v.Interface().(type) {
	case hcl.Range:
		return
	case Target:
		fmt.Fprintf(out, "%s = %s\n", path, x)
		return
	case Header:
		if x.Range.Filename != "" {
			fmt.Fprintf(out, "%s %s\n", path, x.Range)
		}
	}
	if at := v.FieldByName("Range"); at.IsValid() && v.FieldByName("V").IsValid() {
		if at := at.Interface().(hcl.Range); at.Filename != "" {
			write(out, fmt.Sprintf("%s %s", path, at), v.FieldByName("V"))
		}
		return
	}
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() {
			write(out, strings.TrimPrefix(path+"."+f.Name, "."), v.Field(i))
		}
	}
}
