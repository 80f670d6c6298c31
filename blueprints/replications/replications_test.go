package replications_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	ctyyaml "github.com/zclconf/go-cty-yaml"

	"github.com/postern-dev/postern/blueprints/replications"
	"github.com/postern-dev/postern/generator/generatortest"
)

var update = flag.Bool("update", false, "write the golden page")

const accounts = `
postern { prefix = "acme" }
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
account "prod" {
  id     = "222222222222"
  region = "us-east-1"
}
`

// across is a replication from the tooling account to production, within one inside the tooling account.
func across(more string) string {
	return "replication \"web\" {\n  from { account = account.tooling }\n  to { account = account.prod }\n" + more + "\n}\n"
}

func within(more string) string {
	return "replication \"web\" {\n  from { account = account.tooling }\n  to {\n    account = account.tooling\n    region = \"eu-west-2\"\n  }\n" + more + "\n}\n"
}

func emit(t *testing.T, spec string) *generatortest.Files {
	t.Helper()
	return generatortest.Emit(t, replications.Blueprint{}, accounts+spec)
}

const (
	rules       = "aws_s3_bucket_replication_configuration.web"
	role        = "aws_iam_role.web_replication"
	permissions = "aws_iam_role_policy.web_replication"
	source      = "arn:aws:s3:::acme-web-111111111111-eu-west-1"
	copies      = "arn:aws:s3:::acme-web-222222222222-us-east-1"
)

func TestAcrossAccountsTheDestinationOwns(t *testing.T) {
	files := emit(t, across(""))
	assert.Equal(t, "Destination", files.Attr(rules, "rule.destination.access_control_translation.owner"))
	assert.Equal(t, "222222222222", files.Attr(rules, "rule.destination.account"))
	assert.True(t, files.Policy(permissions, "policy").Allows("s3:ObjectOwnerOverrideToBucketOwner", copies+"/a"))

	files = emit(t, within(""))
	assert.Nil(t, files.Attr(rules, "rule.destination.access_control_translation.owner"), "S3 takes no override within one account")
	assert.Nil(t, files.Attr(rules, "rule.destination.account"))
	assert.False(t, files.Policy(permissions, "policy").Allows("s3:ObjectOwnerOverrideToBucketOwner", "arn:aws:s3:::acme-web-111111111111-eu-west-2/a"))
}

func TestTheRoleMayDoEachStep(t *testing.T) {
	p := emit(t, across("")).Policy(permissions, "policy")
	for action, resource := range map[string]string{
		"s3:GetReplicationConfiguration": source, "s3:ListBucket": source,
		"s3:GetObjectVersionForReplication": source + "/a", "s3:GetObjectVersionAcl": source + "/a", "s3:GetObjectVersionTagging": source + "/a",
		"s3:GetBucketVersioning": copies,
		"s3:ReplicateObject":     copies + "/a", "s3:ReplicateDelete": copies + "/a", "s3:ReplicateTags": copies + "/a",
		"kms:Decrypt": "${data.terraform_remote_state.storage.outputs.key_arn}",
		"kms:Encrypt": "${data.terraform_remote_state.prod_us-east-1_storage.outputs.key_arn}",
	} {
		assert.True(t, p.Allows(action, resource), "%s on %s", action, resource)
	}
	for action, resource := range map[string]string{
		"s3:PutObject": source + "/a", "s3:ReplicateObject": source + "/a", "s3:InitiateReplication": source + "/a", "s3:GetObject": source + "/a",
		"kms:Encrypt": "${data.terraform_remote_state.storage.outputs.key_arn}",
	} {
		assert.False(t, p.Allows(action, resource), "%s on %s", action, resource)
	}
}

func TestThePrefixBoundsTheRoleToo(t *testing.T) {
	p := emit(t, across(`prefix = "public$${x}/"`)).Policy(permissions, "policy")
	for _, s := range p.Statement {
		if strings.HasPrefix(s.Action[0], "s3:Replicate") {
			assert.Equal(t, generatortest.Strings{copies + "/public${$}{x}/*"}, s.Resource, "a dollar is text")
		}
	}
}

func TestKeys(t *testing.T) {
	files := emit(t, across(""))
	assert.Equal(t, "Enabled", files.Attr(rules, "rule.source_selection_criteria.sse_kms_encrypted_objects.status"))
	assert.Equal(t, "${data.terraform_remote_state.prod_us-east-1_storage.outputs.key_arn}", files.Attr(rules, "rule.destination.encryption_configuration.replica_kms_key_id"))
	for _, s := range files.Policy(permissions, "policy").Statement {
		if strings.HasPrefix(s.Action[0], "kms:") {
			assert.Len(t, s.Condition["StringEquals"]["kms:ViaService"], 1)
			assert.Len(t, s.Condition["StringLike"]["kms:EncryptionContext:aws:s3:arn"], 2, "bucket and objects")
		}
	}
	plain := emit(t, across(`encryption = "aws"`))
	assert.Nil(t, plain.Attr(rules, "rule.source_selection_criteria.sse_kms_encrypted_objects.status"))
	assert.Nil(t, plain.Attr(rules, "rule.destination.encryption_configuration.replica_kms_key_id"))
	assert.NotContains(t, plain.Text["tooling/eu-west-1/delivery/replication_web.tf"], "kms:")
}

func TestFilter(t *testing.T) {
	tests := map[string]map[string]any{
		``:                          {"filter.prefix": nil, "filter.and.prefix": nil},
		`prefix = "a/"`:             {"filter.prefix": "a/"},
		`object_tags = { b = "c" }`: {"filter.tag.key": "b", "filter.tag.value": "c"},
		"object_tags = { b = \"c\" }\nprefix = \"a/\"": {"filter.and.prefix": "a/", "filter.and.tags": map[string]any{"b": "c"}},
		`object_tags = { b = "c", d = "e" }`:           {"filter.and.prefix": nil, "filter.and.tags": map[string]any{"b": "c", "d": "e"}},
	}
	for spec, want := range tests {
		files := emit(t, across(spec))
		for path, value := range want {
			assert.Equal(t, value, files.Attr(rules, "rule."+path), spec)
		}
		assert.Contains(t, files.Text["tooling/eu-west-1/delivery/replication_web.tf"], "    filter {", "always there")
	}
}

func TestTimeControlAndDeleteMarkers(t *testing.T) {
	files := emit(t, across("time_control = true\ndelete_markers = true"))
	assert.EqualValues(t, 15, files.Attr(rules, "rule.destination.replication_time.time.minutes"))
	assert.EqualValues(t, 15, files.Attr(rules, "rule.destination.metrics.event_threshold.minutes"), "S3 takes one with the other")
	assert.Equal(t, "Enabled", files.Attr(rules, "rule.delete_marker_replication.status"))
	files = emit(t, across(""))
	assert.Nil(t, files.Attr(rules, "rule.destination.metrics.status"))
	assert.Equal(t, "Disabled", files.Attr(rules, "rule.delete_marker_replication.status"))
}

func TestBatchReplicationOnRequest(t *testing.T) {
	files := emit(t, across("existing_objects = true"))
	assert.Equal(t, map[string]any{"Service": "batchoperations.s3.amazonaws.com"}, files.Policy(role, "assume_role_policy").Statement[1].Principal)
	assert.True(t, files.Policy(permissions, "policy").Allows("s3:InitiateReplication", source+"/a"))
	assert.Len(t, emit(t, across("")).Policy(role, "assume_role_policy").Statement, 1)
}

func TestADestinationMoreMovesNoOther(t *testing.T) {
	text := emit(t, "replication \"web\" {\n  from { account = account.tooling }\n  to { account = account.prod }\n  to {\n    account = account.prod\n    region = \"eu-central-1\"\n  }\n}\n").
		Text["tooling/eu-west-1/delivery/replication_web.tf"]
	for i, id := range []string{"prod-eu-central-1", "prod-us-east-1"} {
		assert.Contains(t, text, fmt.Sprintf("id       = %q\n    priority = %d\n", id, i+1))
	}
}

func TestRolePolicyOverTheLimit(t *testing.T) {
	var to strings.Builder
	for i := range 9 {
		for _, region := range []string{"eu-central", "eu-west", "us-west", "ap-south"} {
			fmt.Fprintf(&to, "  to {\n    account = account.prod\n    region = \"%s-%d\"\n  }\n", region, i+1)
		}
	}
	diags := generatortest.Mistakes(t, replications.Blueprint{}, accounts+across(to.String()))
	require.Len(t, diags, 1)
	assert.Equal(t, "Role policy over the limit", diags[0].Summary)
	assert.Contains(t, diags[0].Detail, "names its 37 destinations")
}

var fences = regexp.MustCompile("(?ms)^(```+)([a-z]*)\n(.*?)^```+$")

// TestPage holds the page to testdata/every.md, which shows all that it can say, and what is quoted there to its form.
func TestPage(t *testing.T) {
	spec, err := os.ReadFile("testdata/every.hcl")
	require.NoError(t, err)
	page := generatortest.Emit(t, replications.Blueprint{}, string(spec)).Text["tooling/eu-west-1/delivery/README.md"]
	const golden = "testdata/every.md"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(page), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), page, "to record the page: go test ./blueprints/replications -update")
	read := map[string]int{}
	for _, f := range fences.FindAllStringSubmatch(page, -1) {
		read[f[2]]++
		switch f[2] {
		case "json":
			assert.True(t, json.Valid([]byte(f[3])), f[3])
		case "yaml":
			_, err := ctyyaml.Standard.ImpliedType([]byte(f[3]))
			assert.NoError(t, err, f[3])
		}
	}
	for _, language := range []string{"sh", "json", "yaml", "groovy"} {
		assert.Positive(t, read[language], language)
	}
}
