package proof

import (
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/cache"
	"github.com/postern-dev/postern/generator/policy"
	resolving "github.com/postern-dev/postern/generator/resolve"
	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

// recorded is an example and its recorded tree.
func recorded(t *testing.T, name string) (*topology.Topology, []tree.File) {
	t.Helper()
	s, _, diags := spec.Load(filepath.Join("../../examples", name))
	require.False(t, diags.HasErrors(), diags.Error())
	resolved, diags := resolving.Topology(s)
	require.False(t, diags.HasErrors(), diags.Error())
	golden, files := os.DirFS(filepath.Join("../../golden", name, resolved.Output)), []tree.File(nil)
	require.NoError(t, fs.WalkDir(golden, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".tf" {
			return err
		}
		data, err := fs.ReadFile(golden, path)
		files = append(files, tree.File{Path: path, Data: data})
		return err
	}))
	return resolved, files
}

// lies writes a cache that says of a tree what is not so, and tells how many reports it holds.
func (c Cache) lies(t *testing.T) int {
	t.Helper()
	m := c.open()
	var out strings.Builder
	for _, key := range m.keys {
		out.WriteString(line(key, Report{Claims: -1}))
	}
	cache.Folder(c).Replace(cacheFile, []byte(out.String()))
	return len(m.keys)
}

func TestCacheKnowsWhatWasProved(t *testing.T) {
	resolved, files := recorded(t, "sealed-build")
	cache := Cache(filepath.Join(t.TempDir(), "made", "for", "it"))
	want := Prove(resolved, files)
	require.Empty(t, want.Failures)
	assert.Equal(t, want, cache.Prove(resolved, files))
	assert.Equal(t, want, cache.Prove(resolved, files))
	require.Equal(t, 1, cache.lies(t))
	assert.Equal(t, -1, cache.Prove(resolved, files).Claims, "it was not asked")
}

func TestCacheIsNotBelievedOverTheFiles(t *testing.T) {
	resolved, files := recorded(t, "sealed-build")
	cache := Cache(t.TempDir())
	cache.Prove(resolved, files)
	require.Equal(t, 1, cache.lies(t))
	for i, f := range files {
		for name, changed := range map[string][]tree.File{
			"gone":    slices.Delete(slices.Clone(files), i, i+1),
			"longer":  slices.Replace(slices.Clone(files), i, i+1, tree.File{Path: f.Path, Data: append(slices.Clone(f.Data), '\n')}),
			"renamed": slices.Replace(slices.Clone(files), i, i+1, tree.File{Path: strings.TrimSuffix(f.Path, ".tf") + "_2.tf", Data: f.Data}),
		} {
			assert.Equal(t, Prove(resolved, changed), cache.Prove(resolved, changed), "%s: %s", f.Path, name)
		}
	}
}

// TestKeyHoldsWholeTopology changes every value in a topology, one at a time, those that nobody thought of too.
func TestKeyHoldsWholeTopology(t *testing.T) {
	for _, name := range []string{"shared-network", "existing-vpc", "two-accounts"} {
		resolved, files := recorded(t, name)
		key := func() string { return memory{build: "x"}.key(unit{resolved, files}) }
		want, changes := key(), 0
		eachValue(reflect.ValueOf(resolved), map[pointer]bool{}, func(v reflect.Value) {
			if new := another(v); new.IsValid() && v.CanSet() {
				old := reflect.ValueOf(v.Interface())
				v.Set(new)
				assert.NotEqual(t, want, key(), "%s: %v became %v", name, old, new)
				v.Set(old)
				changes++
			}
		})
		assert.Equal(t, want, key())
		assert.Greater(t, changes, 100, name)
	}
}

// eachValue does something with all that can be reached from a value.
func eachValue(v reflect.Value, seen map[pointer]bool, do func(reflect.Value)) {
	do(v)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && !seen[pointerOf(v)] {
			seen[pointerOf(v)] = true
			eachValue(v.Elem(), seen, do)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type() != aRange {
				eachValue(v.Field(i), seen, do)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachValue(v.Index(i), seen, do)
		}
	}
}

// another is a value that is not v, of the kinds of which topologies are made.
func another(v reflect.Value) reflect.Value {
	switch v.Type() {
	case reflect.TypeFor[netip.Prefix]():
		return reflect.ValueOf(netip.MustParsePrefix("192.0.2.0/24"))
	case reflect.TypeFor[policy.Text]():
		return reflect.ValueOf(policy.Literal("something else"))
	}
	switch v.Kind() {
	case reflect.String:
		return reflect.ValueOf("something else").Convert(v.Type())
	case reflect.Bool:
		return reflect.ValueOf(!v.Bool()).Convert(v.Type())
	case reflect.Int:
		return reflect.ValueOf(v.Int() + 1_000_000).Convert(v.Type())
	case reflect.Slice, reflect.Pointer:
		if !v.IsZero() {
			return reflect.Zero(v.Type())
		}
	}
	return reflect.Value{}
}

func TestLinesOfTheSpecAreNotInTheKey(t *testing.T) {
	resolved, files := recorded(t, "sealed-build")
	cache := Cache(t.TempDir())
	cache.Prove(resolved, files)
	require.Equal(t, 1, cache.lies(t))
	resolved.Runners[0].Range.Start.Line++
	assert.Equal(t, -1, cache.Prove(resolved, files).Claims)
}

func TestOtherBuildsAreNotBelieved(t *testing.T) {
	resolved, files := recorded(t, "sealed-build")
	u := unit{resolved, files}
	assert.NotEqual(t, memory{build: "x"}.key(u), memory{build: "y"}.key(u))
	assert.Equal(t, memory{build: "x"}.key(u), memory{build: "x"}.key(u))
	assert.Empty(t, memory{}.key(u))
}

func TestFailuresAreNotKept(t *testing.T) {
	resolved, files := recorded(t, "sealed-build")
	cache := Cache(t.TempDir())
	files = files[1:2]
	broken := Prove(resolved, files)
	require.NotEmpty(t, broken.Failures)
	for range 2 {
		assert.Equal(t, broken, cache.Prove(resolved, files))
	}
	assert.Zero(t, cache.lies(t))
}

// TestDamagedCache: what is wrong with a cache costs time at most.
func TestDamagedCache(t *testing.T) {
	resolved, files := recorded(t, "sealed-build")
	want := Prove(resolved, files)
	whole := Cache(t.TempDir())
	whole.Prove(resolved, files)
	good, err := os.ReadFile(filepath.Join(string(whole), cacheFile))
	require.NoError(t, err)
	texts := []string{"", "\n", " \n", "{}", "proved\n", strings.Repeat("x", 1000), string(good) + "more", string(good) + string(good), string(good[:100])}
	for i := range good {
		for _, text := range []string{string(good[:i]), string(good[:i]) + "0" + string(good[i+1:])} {
			key, _, _ := strings.Cut(text, " ")
			r, found := memory{lines: map[string]string{key: text}}.find(key)
			assert.True(t, !found || text == string(good) && r.Claims == want.Claims, "%q", text)
		}
	}
	for _, text := range texts {
		cache := Cache(t.TempDir())
		require.NoError(t, os.WriteFile(filepath.Join(string(cache), cacheFile), []byte(text), 0o600))
		assert.Equal(t, want, cache.Prove(resolved, files), "%q", text)
		require.Equal(t, want, cache.Prove(resolved, files), "%q", text)
	}
}

// TestCacheThatCannotBe: a file where the folder should be, and a folder where the file should be.
func TestCacheThatCannotBe(t *testing.T) {
	resolved, files := recorded(t, "sealed-build")
	want := Prove(resolved, files)
	dir := t.TempDir()
	file, folder := filepath.Join(dir, "file"), filepath.Join(dir, "folder")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(folder, cacheFile, "x"), 0o700))
	for _, cache := range []Cache{Cache(file), Cache(folder), Cache(filepath.Join(file, "below"))} {
		assert.Equal(t, want, cache.Prove(resolved, files))
	}
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, left, 1, "nothing is left over")
}

func TestCacheIsBounded(t *testing.T) {
	resolved, files := recorded(t, "sealed-build")
	folder := cache.Folder(t.TempDir())
	old := line("old", Report{Claims: 1})
	rest := strings.Repeat("y", cacheSize-len(old))
	folder.Replace(cacheFile, []byte(old+"big "+rest+"\n"))
	Cache(folder).Prove(resolved, files)
	m := Cache(folder).open()
	require.Len(t, m.keys, 2)
	assert.Equal(t, "old", m.keys[1], "what was proved last comes first, and what is too long goes")
	info, err := os.Stat(filepath.Join(string(folder), cacheFile))
	require.NoError(t, err)
	assert.LessOrEqual(t, info.Size(), int64(cacheSize))
}
