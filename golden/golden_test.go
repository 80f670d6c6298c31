package golden

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aymanbagabas/go-udiff"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints"
	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/tree"
)

var update = flag.Bool("update", false, "write the golden files")

const (
	examples = "../examples"
	howTo    = "to record what the generator gives now: go test ./golden -update"
)

func TestGoldenTrees(t *testing.T) {
	for _, name := range folders(t, examples) {
		t.Run(name, func(t *testing.T) {
			result := generate(t, filepath.Join(examples, name))
			for _, f := range result.Tree.Files() {
				require.NoError(t, refusal(f))
			}
			output, err := filepath.Rel(filepath.Join(examples, name), result.Output)
			require.NoError(t, err)
			golden := filepath.Join(name, output)
			if *update {
				write(t, golden, result.Tree)
			}
			written := filepath.Join(t.TempDir(), "tree")
			write(t, written, result.Tree)
			assert.Empty(t, diff(files(t, golden), files(t, written)), howTo)
		})
	}
}

func TestEveryGoldenHasAnExample(t *testing.T) {
	golden := slices.DeleteFunc(folders(t, "."), func(name string) bool { return name == "testdata" })
	assert.Subset(t, folders(t, examples), golden, "a golden without an example: delete it")
}

func TestSameBytesInAnyOrder(t *testing.T) {
	for _, name := range folders(t, examples) {
		t.Run(name, func(t *testing.T) {
			spec := filepath.Join(examples, name)
			want := contents(generate(t, spec))
			assert.Empty(t, diff(want, contents(generate(t, spec))), "generated twice")

			blocks, rest := topLevel(t, spec)
			random := rand.New(rand.NewPCG(1, 2))
			random.Shuffle(len(blocks), func(i, j int) { blocks[i], blocks[j] = blocks[j], blocks[i] })
			rest["spec.hcl"] = strings.Join(blocks, "\n")
			assert.Empty(t, diff(want, contents(generate(t, folderOf(t, rest)))), "blocks in another order")

			delete(rest, "spec.hcl")
			for i, b := range blocks {
				rest[fmt.Sprintf("%d.hcl", i)] = b
			}
			assert.Empty(t, diff(want, contents(generate(t, folderOf(t, rest)))), "a file for each block")
		})
	}
}

func TestUpdateRefusesWhatNobodyWouldCommit(t *testing.T) {
	tests := []struct {
		path, text string
		ok         bool
	}{
		{"network.tf", "a = 1\n", true},
		{"network.tf", "a = \n", false},
		{"network.tf", "a=1\n", false},
		{"README.md", "a=1\n", true},
	}
	for _, test := range tests {
		err := refusal(tree.File{Path: test.path, Data: []byte(test.text)})
		assert.Equal(t, test.ok, err == nil, test.text)
	}
}

func TestDistributionOfSource(t *testing.T) {
	rest := files(t, filepath.Join(examples, "jenkins-website"))
	ofSource := strings.NewReplacer("account     = account.web", "account     = account.ci", "acm:us-east-1:222222222222", "acm:us-east-1:111111111111")
	rest["postern.hcl"] = ofSource.Replace(rest["postern.hcl"])
	tree := contents(generate(t, folderOf(t, rest))) // and proves
	assert.Contains(t, tree["ci/eu-west-1/storage/distribution_web.tf"], "aws_s3_bucket.web.bucket_regional_domain_name")
	assert.Contains(t, tree["ci/eu-west-1/storage/key.tf"], "# distribution.web reads `acme-web-staging`")
	assert.Contains(t, tree["ci/eu-west-1/storage/replication_web.tf"], "# distribution.web reads, and no other")
	assert.NotContains(t, tree["web/eu-west-1/storage/replication_web.tf"], "cloudfront")
}

// refusal tells why a file may not become golden: it does not parse, or terraform fmt would change it.
func refusal(f tree.File) error {
	if filepath.Ext(f.Path) != ".tf" {
		return nil
	}
	if _, diags := hclsyntax.ParseConfig(f.Data, f.Path, hcl.InitialPos); diags.HasErrors() {
		return diags
	}
	if string(hclwrite.Format(f.Data)) != string(f.Data) {
		return errors.New(f.Path + " is not formatted")
	}
	return nil
}

func generate(t *testing.T, spec string) *generator.Result {
	t.Helper()
	result, diags := generator.Generate(spec, blueprints.All)
	require.Empty(t, diags)
	return result
}

func write(t *testing.T, dir string, content tree.Tree) {
	t.Helper()
	_, err := tree.Write(dir, content, tree.Options{Overwrite: true})
	require.NoError(t, err)
}

func contents(r *generator.Result) map[string]string {
	out := map[string]string{}
	for _, f := range r.Tree.Files() {
		out[f.Path] = string(f.Data)
	}
	return out
}

// diff shows what differs between two sets of files, as version control would.
func diff(want, got map[string]string) (out string) {
	paths := slices.Concat(slices.Collect(maps.Keys(want)), slices.Collect(maps.Keys(got)))
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		out += udiff.Unified("a/"+path, "b/"+path, want[path], got[path])
	}
	return out
}

// folders returns the names of the folders in a folder.
func folders(t *testing.T, dir string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		if e.IsDir() {
			out = append(out, e.Name())
		}
	}
	return out
}

// files returns the text of every file below a folder. A folder that does not exist has none.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		out[path] = string(text)
		return err
	})
	if !errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, err)
	}
	return out
}

// topLevel returns the source of every block of a spec's native files, and the other files of its folder.
func topLevel(t *testing.T, spec string) (blocks []string, rest map[string]string) {
	t.Helper()
	rest = files(t, spec)
	for path, text := range rest {
		if filepath.Ext(path) != ".hcl" || strings.Contains(path, "/") {
			continue
		}
		delete(rest, path)
		f, diags := hclsyntax.ParseConfig([]byte(text), path, hcl.InitialPos)
		require.False(t, diags.HasErrors(), diags.Error())
		for _, b := range f.Body.(*hclsyntax.Body).Blocks {
			blocks = append(blocks, string(b.Range().SliceBytes([]byte(text))))
		}
	}
	slices.Sort(blocks) // maps have no order
	return blocks, rest
}

// folderOf writes files into a new folder.
func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, text := range files {
		file := filepath.Join(dir, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	return dir
}
