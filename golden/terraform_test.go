//go:build engines

package golden

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"
)

const (
	genuineRelease = "5.100.0" // the release that the emulator is known to work with
	nextRelease    = "6.66.0"  // of the next major version; only its schema is here
)

// A terraform is the terraform program with one release of the AWS provider.
type terraform struct {
	release string
	env     []string
}

// slots bound how many terraform commands run at once: each starts a provider of some 300 MB, and then
// mostly waits for answers to settle, so that more than one per CPU pays.
var slots = make(chan struct{}, 3*runtime.NumCPU())

// newTerraform writes a CLI configuration of the given text and returns a terraform that reads nothing else of
// this machine: no credentials, no configuration of the user's.
func newTerraform(t *testing.T, release, config string) *terraform {
	t.Helper()
	file := filepath.Join(t.TempDir(), "terraform.rc")
	require.NoError(t, os.WriteFile(file, []byte(config), 0o644))
	return &terraform{release: release, env: append(without(os.Environ(), "TF_", "AWS_"),
		"TF_CLI_CONFIG_FILE="+file,
		"TF_IN_AUTOMATION=1",
		"TF_INPUT=0",
		"CHECKPOINT_DISABLE=1",
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE="+os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
	)}
}

// without leaves out the variables whose names start with one of the prefixes.
func without(env []string, prefixes ...string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(v string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(v, p) })
	})
}

// with returns a terraform with more variables in its environment.
func (tf *terraform) with(env ...string) *terraform {
	return &terraform{release: tf.release, env: append(slices.Clip(tf.env), env...)}
}

// run runs terraform in a folder and returns what it prints, errors last, and its exit code.
func (tf *terraform) run(t *testing.T, dir string, args ...string) (stdout, all string, code int) {
	t.Helper()
	slots <- struct{}{}
	defer func() { <-slots }()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "terraform", args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, tf.env, &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return out.String(), out.String() + errs.String(), cmd.ProcessState.ExitCode()
}

// must runs terraform, which must succeed, and returns its standard output.
func (tf *terraform) must(t *testing.T, dir string, args ...string) string {
	t.Helper()
	stdout, all, code := tf.run(t, dir, args...)
	require.Zero(t, code, "terraform %s in %s:\n%s", strings.Join(args, " "), filepath.Base(dir), all)
	return stdout
}

// init chooses this release in a folder, as a lock file does, and installs it there.
func (tf *terraform) init(t *testing.T, dir string, args ...string) {
	t.Helper()
	tf.lock(t, dir)
	tf.must(t, dir, append([]string{"init", "-no-color"}, args...)...)
}

func (tf *terraform) lock(t *testing.T, dir string) {
	t.Helper()
	lock := fmt.Sprintf("provider \"registry.terraform.io/hashicorp/aws\" {\n  version = %q\n}\n", tf.release)
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".terraform.lock.hcl"), []byte(lock), 0o644))
}

// onlyAWS is a module that needs the AWS provider and has nothing.
const onlyAWS = `terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}
`

// genuineTerraform uses the provider that this machine has, or that Terraform downloads. Without one, or without
// terraform, it ends the test.
func genuineTerraform(t *testing.T) *terraform {
	t.Helper()
	_, err := exec.LookPath("terraform")
	need(t, err == nil, "terraform: https://developer.hashicorp.com/terraform/install")
	tf := newTerraform(t, genuineRelease, mirrorConfig(findMirror()))
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.tf"), []byte(onlyAWS), 0o644))
	tf.lock(t, dir)
	_, all, code := tf.run(t, dir, "init", "-no-color") // fills the cache before others use it side by side
	need(t, code == 0, "hashicorp/aws "+genuineRelease+": network access, or TF_PLUGIN_MIRROR set to a folder that holds registry.terraform.io\n"+all)
	return tf
}

// need ends the test when an engine is missing: with a failure in CI, elsewhere with the word that it was skipped.
func need(t *testing.T, ok bool, engine string) {
	t.Helper()
	if ok {
		return
	}
	if os.Getenv("CI") == "true" {
		require.Fail(t, "missing engine", engine)
	}
	t.Skip("missing engine: ", engine)
}

// mirrorConfig takes providers from a mirror, to which terraform init only links; without one, from the registry
// into a cache that every stack links to.
func mirrorConfig(mirror string) string {
	if mirror != "" {
		return fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	}
	cache := os.Getenv("TF_PLUGIN_CACHE_DIR")
	if cache == "" {
		cache = filepath.Join(userCache(), "postern", "terraform-plugins")
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return ""
	}
	// The lock files here have no checksums; Terraform would then not use the cache.
	return fmt.Sprintf("plugin_cache_dir = %q\nplugin_cache_may_break_dependency_lock_file = true\n", cache)
}

func userCache() string {
	if dir, err := os.UserCacheDir(); err == nil {
		return dir
	}
	return os.TempDir()
}

// findMirror returns a folder that holds the genuine provider as a filesystem mirror does, "" if there is none.
func findMirror() string {
	home, _ := os.UserHomeDir()
	places := []string{
		os.Getenv("TF_PLUGIN_MIRROR"),
		configuredMirror(os.Getenv("TF_CLI_CONFIG_FILE")),
		configuredMirror(filepath.Join(home, ".terraformrc")),
		filepath.Join(home, ".terraform.d", "plugins"),
		"/usr/share/terraform/plugins",
		"/usr/local/share/terraform/plugins",
	}
	for _, p := range places {
		if p != "" && isMirror(p) {
			return p
		}
	}
	return searchMirror(string(filepath.Separator), 3)
}

func isMirror(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "registry.terraform.io", "hashicorp", "aws", genuineRelease))
	return err == nil
}

// configuredMirror returns the filesystem mirror of a CLI configuration, "" if there is none.
func configuredMirror(file string) string {
	f, diags := hclparse.NewParser().ParseHCLFile(file)
	if diags.HasErrors() {
		return ""
	}
	for _, install := range f.Body.(*hclsyntax.Body).Blocks {
		for _, method := range install.Body.Blocks {
			if path := method.Body.Attributes["path"]; method.Type == "filesystem_mirror" && path != nil {
				v, _ := path.Expr.Value(nil)
				mirror, _ := text(cty.ObjectVal(map[string]cty.Value{"path": v}), "path")
				return mirror
			}
		}
	}
	return ""
}

// searchMirror looks for a mirror in the folders below a folder, down to a depth.
func searchMirror(root string, depth int) (found string) {
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || path == "/proc" || path == "/sys":
			return fs.SkipDir
		case isMirror(path):
			found = path
			return fs.SkipAll
		case d.IsDir() && strings.Count(strings.TrimPrefix(path, root), string(filepath.Separator)) >= depth-1:
			return fs.SkipDir
		}
		return nil
	})
	return found
}

// stubTerraform builds testdata/stubprovider into a mirror of its own, as the next release.
func stubTerraform(t *testing.T) *terraform {
	t.Helper()
	mirror := t.TempDir()
	dir := filepath.Join(mirror, "registry.terraform.io", "hashicorp", "aws", nextRelease, runtime.GOOS+"_"+runtime.GOARCH)
	require.NoError(t, os.MkdirAll(dir, 0o755))
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "terraform-provider-aws_v"+nextRelease), ".")
	build.Dir = filepath.Join("testdata", "stubprovider")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	schema, err := os.ReadFile(newest)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "schema.json.gz"), schema, 0o644))
	return newTerraform(t, nextRelease, mirrorConfig(mirror))
}
