package packages_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints/packages"
	"github.com/postern-dev/postern/generator/generatortest"
)

var update = flag.Bool("update", false, "write the golden page")

func emit(t *testing.T) *generatortest.Files {
	t.Helper()
	spec, err := os.ReadFile("testdata/every.hcl")
	require.NoError(t, err)
	return generatortest.Emit(t, packages.Blueprint{}, string(spec))
}

var fences = regexp.MustCompile("(?ms)^```json\n(.*?)^```$")

// TestPage holds the page to testdata/every.md, which shows all that it can say.
func TestPage(t *testing.T) {
	page := emit(t).Text["tooling/eu-west-1/storage/README.md"]
	const golden = "testdata/every.md"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(page), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), page, "to record the page: go test ./blueprints/packages -update")
	documents := fences.FindAllStringSubmatch(page, -1)
	require.NotEmpty(t, documents)
	for _, f := range documents {
		assert.True(t, json.Valid([]byte(f[1])), f[1])
	}
}

func TestTheProxyAdmitsAddressesAlone(t *testing.T) {
	files := emit(t)
	assert.Equal(t, []string{"aws_api_gateway_rest_api.python"}, files.All("aws_api_gateway_rest_api"), "of the index that asks for one")
	p := files.Policy("aws_api_gateway_rest_api_policy.python", "policy")
	require.Len(t, p.Statement, 1)
	assert.Equal(t, "*", p.Statement[0].Principal)
	assert.Equal(t, generatortest.Strings{"${aws_api_gateway_rest_api.python.execution_arn}/*"}, p.Statement[0].Resource)
	assert.Equal(t, map[string]map[string]generatortest.Strings{"IpAddress": {"aws:SourceIp": {
		"198.51.100.64/28", "${data.terraform_remote_state.network.outputs.out_nat_addresses.a}"}}}, p.Statement[0].Condition)
	assert.Equal(t, "${aws_api_gateway_stage.python.invoke_url}/simple/", files.Attr("output.python_proxy_url", "value"))
	assert.Equal(t, "merge", files.Attr("aws_api_gateway_rest_api.python", "put_rest_api_mode"), "a change of the body keeps the policy")
}

func TestTheProxyReadsOneBucket(t *testing.T) {
	p := emit(t).Policy("aws_iam_role_policy.python_proxy", "policy")
	const bucket = "arn:aws:s3:::acme-python-111111111111-eu-west-1"
	assert.True(t, p.Allows("s3:GetObject", bucket+"/a"))
	assert.True(t, p.Allows("s3:ListBucket", bucket))
	for _, action := range []string{"s3:PutObject", "s3:DeleteObject"} {
		assert.False(t, p.Allows(action, bucket+"/a"), action)
	}
	assert.False(t, p.Allows("s3:GetObject", "arn:aws:s3:::acme-plain-111111111111-eu-west-1/a"))
}

// TestTheProxyAsksForPagesWithTheirSlash: without it S3 has no such key.
func TestTheProxyAsksForPagesWithTheirSlash(t *testing.T) {
	var api struct {
		Binary []string `json:"x-amazon-apigateway-binary-media-types"`
		Paths  map[string]map[string]struct {
			Integration struct {
				URI         string            `json:"uri"`
				Credentials string            `json:"credentials"`
				Parameters  map[string]string `json:"requestParameters"`
				Responses   map[string]struct{ StatusCode string }
			} `json:"x-amazon-apigateway-integration"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(emit(t).Attr("aws_api_gateway_rest_api.python", "body").(string)), &api))
	const s3 = "arn:aws:apigateway:eu-west-1:s3:path/acme-python-111111111111-eu-west-1/simple/"
	assert.Equal(t, []string{"*/*"}, api.Binary)
	assert.Equal(t, s3+"{project}/", api.Paths["/simple/{project}"]["get"].Integration.URI)
	file := api.Paths["/simple/{project}/{file}"]["get"].Integration
	assert.Equal(t, s3+"{project}/{file}", file.URI)
	assert.Equal(t, "${aws_iam_role.python_proxy.arn}", file.Credentials)
	assert.Len(t, file.Parameters, 2)
	assert.Equal(t, "404", file.Responses["404"].StatusCode)
	assert.Equal(t, "502", file.Responses["default"].StatusCode, "a refusal of S3's is no answer to the reader")
}

func TestProxyPolicyOverTheLimit(t *testing.T) {
	var addresses []string
	for i := range 600 {
		addresses = append(addresses, fmt.Sprintf("%q", fmt.Sprintf("203.0.%d.%d", i/100, 2*(i%100))))
	}
	diags := generatortest.Mistakes(t, packages.Blueprint{}, `
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
runner "office" {
  addresses = [`+strings.Join(addresses, ", ")+`]
  principal = "arn:aws:iam::111111111111:user/office"
}
package_index "python" {
  account    = account.tooling
  readers    = [runner.office]
  publishers = [runner.office]
  proxy      = true
}
`)
	require.Len(t, diags, 1)
	assert.Equal(t, "Proxy policy over the limit", diags[0].Summary)
}

// TestScript runs the script of publishers with testdata/aws.py in place of the AWS CLI, which keeps objects as files.
func TestScript(t *testing.T) {
	// A launcher of versions would put its own folder, and an aws there, before ours.
	itself, err := exec.CommandContext(t.Context(), "python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		t.Skip("there is no python3")
	}
	python := strings.TrimSpace(string(itself))
	dir := t.TempDir()
	publish := func(files ...string) {
		arguments := []string{"publish.py", "acme-python", "eu-west-1"}
		for _, f := range files {
			path := filepath.Join(dir, f)
			require.NoError(t, os.WriteFile(path, []byte(f), 0o644))
			arguments = append(arguments, path)
		}
		command := exec.CommandContext(t.Context(), python, arguments...)
		here, err := filepath.Abs("testdata")
		require.NoError(t, err)
		command.Env = append(os.Environ(), "PATH="+here+string(filepath.ListSeparator)+os.Getenv("PATH"), "BUCKETS="+dir, "PYTHON="+python)
		out, err := command.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	publish("Acme.Tools_core-1.0-py3-none-any.whl", "acme_tools_core-1.0.tar.gz", "legacy-name-2.0.tar.gz")
	publish("acme_tools_core-1.1+local-py3-none-any.whl")

	page, err := os.ReadFile(filepath.Join(dir, "acme-python", "simple", "acme-tools-core", "page"))
	require.NoError(t, err)
	assert.Equal(t, "<!DOCTYPE html>\n"+
		"<a href=\"Acme.Tools_core-1.0-py3-none-any.whl\">Acme.Tools_core-1.0-py3-none-any.whl</a><br>\n"+
		"<a href=\"acme_tools_core-1.0.tar.gz\">acme_tools_core-1.0.tar.gz</a><br>\n"+
		"<a href=\"acme_tools_core-1.1%2Blocal-py3-none-any.whl\">acme_tools_core-1.1+local-py3-none-any.whl</a><br>\n", string(page), "a plus is a space to S3")
	assert.FileExists(t, filepath.Join(dir, "acme-python", "simple", "legacy-name", "legacy-name-2.0.tar.gz"))
}
