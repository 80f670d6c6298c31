package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const account = "account \"a\" {\n  id     = \"111111111111\"\n  region = \"eu-west-1\"\n}\n"

// folderWith is a new folder with files in it.
func folderWith(t *testing.T, files map[string]string) string {
	folder := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	return folder
}

func TestNamesInRanges(t *testing.T) {
	t.Chdir(folderWith(t, map[string]string{"postern.hcl": account}))
	require.NoError(t, os.Mkdir("sub", 0o700))
	require.NoError(t, os.WriteFile("sub/a.hcl", []byte(account), 0o600))
	for path, want := range map[string]string{
		"": "postern.hcl", ".": "postern.hcl", "./": "postern.hcl", "postern.hcl": "postern.hcl", "./postern.hcl": "postern.hcl",
		"sub": "sub/a.hcl", "sub//": "sub/a.hcl", "sub/../sub/a.hcl": "sub/a.hcl",
	} {
		spec, files, diags := Load(path)
		require.Empty(t, diags, path)
		assert.Equal(t, want, spec.Accounts[0].ID.Range.Filename, path)
		assert.Contains(t, files, want)
	}
}

func TestOtherFilesAreLeftAlone(t *testing.T) {
	folder := folderWith(t, map[string]string{"a.hcl": account, ".terraform.lock.hcl": "provider {}", "b.tf": "x", "c.json": "x"})
	require.NoError(t, os.Mkdir(filepath.Join(folder, "d.hcl"), 0o700))
	_, files, diags := Load(folder)
	assert.Empty(t, diags)
	assert.Len(t, files, 1)
}

func TestUnreadable(t *testing.T) {
	folder := folderWith(t, map[string]string{"postern.tf": account, "big.hcl": strings.Repeat("#\n", maxFile/2) + "#\n"})
	require.NoError(t, os.Symlink("nowhere", filepath.Join(folder, "broken.hcl")))
	for name, want := range map[string]string{
		"missing": "No spec here", "postern.tf": "Not a spec", "big.hcl": "Spec file too large", "broken.hcl": "No spec here",
	} {
		spec, files, diags := Load(filepath.Join(folder, name))
		require.Len(t, diags, 1, name)
		assert.Equal(t, want, diags[0].Summary)
		assert.NotNil(t, spec)
		assert.NotNil(t, files)
	}
	_, _, diags := Load(os.DevNull + "/x.hcl")
	assert.Equal(t, "Unreadable spec", diags[0].Summary)
}

// TestFileStaysInside reads files through every way out of the folder of the spec.
func TestFileStaysInside(t *testing.T) {
	outside := folderWith(t, map[string]string{"secret": "secret"})
	folder := folderWith(t, map[string]string{"inside": "inside", "latin1": "\xe9", "large": strings.Repeat("x", maxRead+1)})
	require.NoError(t, os.Symlink(outside, filepath.Join(folder, "out")))
	require.NoError(t, os.Symlink(filepath.Join(outside, "secret"), filepath.Join(folder, "link")))
	require.NoError(t, os.Symlink("inside", filepath.Join(folder, "near")))
	for name, want := range map[string]string{
		"inside": "", "near": "", "./x/../inside": "no file",
		"out/secret": "outside", "link": "outside", "../" + filepath.Base(outside) + "/secret": "outside",
		filepath.Join(outside, "secret"): "outside", "": "cannot be read", ".": "regular file",
		"latin1": "UTF-8", "large": "more than", "missing": "no file",
	} {
		text := account + "locals {\n  text = file(\"" + name + "\")\n}\n"
		require.NoError(t, os.WriteFile(filepath.Join(folder, "postern.hcl"), []byte(text), 0o600))
		_, _, diags := Load(folder)
		if want == "" {
			assert.Empty(t, diags, name)
			continue
		}
		require.Len(t, diags, 1, name)
		assert.Contains(t, diags[0].Detail, want, name)
		assert.NotContains(t, diags[0].Detail, "secret\n")
	}
}

// TestSpecStaysInside links files of the spec to elsewhere: what such a file says would be printed.
func TestSpecStaysInside(t *testing.T) {
	outside := folderWith(t, map[string]string{"secret.hcl": "secret = = 1\n"})
	folder := folderWith(t, map[string]string{"a.hcl": account})
	require.NoError(t, os.Mkdir(filepath.Join(folder, "sub"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "sub", "b.hcl"), []byte("locals {\n}\n"), 0o600))
	link := filepath.Join(folder, "link.hcl")
	for target, want := range map[string]string{
		"sub/b.hcl": "",
		"../" + filepath.Base(outside) + "/secret.hcl": "Spec file linked from elsewhere",
		filepath.Join(outside, "secret.hcl"):           "Spec file linked from elsewhere",
		"/dev/zero":                                    "Spec file linked from elsewhere",
		"nowhere.hcl":                                  "Unreadable spec",
		"link.hcl":                                     "Unreadable spec",
	} {
		require.NoError(t, os.Symlink(target, link))
		for _, path := range []string{folder, link} {
			_, files, diags := Load(path)
			for _, d := range diags {
				assert.NotContains(t, d.Detail, "secret = ", target)
			}
			if want == "" {
				assert.NotContains(t, summaries(diags), "Spec file linked from elsewhere", target)
				continue
			}
			assert.NotEmpty(t, diags, target)
			assert.Subset(t, []string{want, "No spec here"}, summaries(diags), target)
			assert.NotContains(t, files, filepath.ToSlash(link))
		}
		require.NoError(t, os.Remove(link))
	}
	t.Chdir(t.TempDir())
	require.NoError(t, os.Symlink(folder, "linked"))
	_, _, diags := Load("linked")
	assert.Empty(t, diags, "the folder itself may be a link")
}

func summaries(diags hcl.Diagnostics) (out []string) {
	for _, d := range diags {
		out = append(out, d.Summary)
	}
	return out
}

func TestSyntaxErrorsOfAllFiles(t *testing.T) {
	folder := folderWith(t, map[string]string{"a.hcl": "x = = 1\n", "b.hcl": "y = = 1\n", "c.hcl.json": "{"})
	_, files, diags := Load(folder)
	assert.Len(t, files, 3)
	var names []string
	for _, d := range diags {
		names = append(names, filepath.Base(d.Subject.Filename))
	}
	assert.Subset(t, names, []string{"a.hcl", "b.hcl", "c.hcl.json"})
	assert.IsNonDecreasing(t, names)
}

func TestMistakesInTwoBlocks(t *testing.T) {
	folder := folderWith(t, map[string]string{"a.hcl": account + "network \"n\" {\n  account = account.b\n  cidr    = [1]\n}\nimage \"i\" {\n  keep = \"x\"\n}\n"})
	_, _, diags := Load(folder)
	var found []string
	for _, d := range diags {
		found = append(found, d.Summary)
	}
	assert.Equal(t, []string{"Unknown account", "Text expected", "Missing argument", "Whole number expected"}, found)
	assert.True(t, diags.HasErrors())
	assert.IsType(t, &hcl.Diagnostic{}, diags[0])
}
