//go:build engines

package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// A readback is what another client than Terraform is told of what a tree made.
type readback struct {
	Buckets       map[string]bucketRead
	Endpoints     map[string]string // ID by name
	Distributions map[string]distributionRead
}

type bucketRead struct {
	Region, Versioning, Ownership, Policy string
	Blocked                               map[string]bool
	Encryption                            struct {
		Default          struct{ SSEAlgorithm, KMSMasterKeyID string } `json:"ApplyServerSideEncryptionByDefault"`
		BucketKeyEnabled bool
	}
	Lifecycle []struct {
		NoncurrentVersionExpiration struct{ NoncurrentDays int }
	}
	Replication *replicationRead
}

type replicationRead struct {
	Role  string
	Rules []ruleRead
}

type ruleRead struct {
	Priority                  int
	Status                    string
	Filter                    filterRead
	DeleteMarkerReplication   struct{ Status string }
	SourceSelectionCriteria   struct{ SseKmsEncryptedObjects struct{ Status string } }
	ExistingObjectReplication any
	Destination               struct {
		Bucket, Account, StorageClass string
		AccessControlTranslation      struct{ Owner string }
		EncryptionConfiguration       struct{ ReplicaKmsKeyID string }
		ReplicationTime, Metrics      struct {
			Status               string
			Time, EventThreshold struct{ Minutes int }
		}
	}
}

type filterRead struct {
	Prefix string
	Tag    topology.Tag
	And    struct {
		Prefix string
		Tags   []topology.Tag
	}
}

type distributionRead struct {
	ARN    string
	Config struct {
		Aliases           struct{ Items []string }
		DefaultRootObject string
		Origins           struct {
			Items []struct{ DomainName, OriginAccessControlId string }
		}
		ViewerCertificate struct{ ACMCertificateArn, MinimumProtocolVersion string }
		Logging           struct{ Bucket string }
	}
}

// readBack asks for everything that the spec's replications, distributions and package indexes are, and compares it with
// the spec, not with the Terraform.
func readBack(t *testing.T, tree treeDir, endpoint string) {
	asked, _, diags := generator.Request{Spec: filepath.Join(examples, tree.Example)}.Topology()
	require.False(t, diags.HasErrors())
	if len(asked.Buckets) == 0 {
		return
	}
	r := &reader{readback: ask(t, asked, endpoint), topology: asked}
	for _, b := range asked.Buckets {
		switch {
		case !b.Existing:
			t.Run("read back "+b.Bucket, func(t *testing.T) { r.bucket(t, b) })
		case b.SourceOf != nil:
			t.Run("read back the rules of "+b.Bucket, func(t *testing.T) { r.replication(t, b.SourceOf, r.Buckets[b.Bucket].Replication) })
		}
	}
	for _, d := range asked.Distributions {
		t.Run("read back distribution "+d.Name, func(t *testing.T) { r.distribution(t, d) })
	}
}

// ask runs the other client: boto3, which is there where moto is.
func ask(t *testing.T, of *topology.Topology, endpoint string) (out readback) {
	t.Helper()
	type place struct {
		Account  string `json:"account"`
		Region   string `json:"region"`
		Bucket   string `json:"bucket,omitempty"`
		Existing bool   `json:"existing"`
	}
	question := struct {
		Endpoint string   `json:"endpoint"`
		Buckets  []place  `json:"buckets"`
		Networks []place  `json:"networks"`
		Accounts []string `json:"accounts"`
	}{Endpoint: endpoint, Buckets: []place{}, Networks: []place{}, Accounts: []string{}}
	for _, b := range of.Buckets {
		if !b.Existing || b.SourceOf != nil {
			question.Buckets = append(question.Buckets, place{b.Account.ID, b.Region, b.Bucket, b.Existing})
		}
	}
	for _, n := range of.Networks {
		question.Networks = append(question.Networks, place{Account: n.Account.ID, Region: n.Region})
	}
	for _, d := range of.Distributions {
		question.Accounts = append(question.Accounts, d.Origin.Account.ID)
	}
	in, err := json.Marshal(question)
	require.NoError(t, err)
	var errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "readback.py"))
	cmd.Env = append(without(os.Environ(), "AWS_"), "AWS_ACCESS_KEY_ID=testing", "AWS_SECRET_ACCESS_KEY=testing", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &errs
	answer, err := cmd.Output()
	require.NoError(t, err, errs.String())
	require.NoError(t, json.Unmarshal(answer, &out))
	return out
}

const python = "python3"

// needBoto3 names the other client where it is missing.
func needBoto3(t *testing.T) {
	t.Helper()
	need(t, exec.CommandContext(t.Context(), python, "-c", "import boto3").Run() == nil, "boto3: pip install boto3")
}

// A reader compares what it was told with what the spec asks for.
type reader struct {
	readback
	topology *topology.Topology
}

func (r *reader) bucket(t *testing.T, b *topology.Bucket) {
	got := r.Buckets[b.Bucket]
	assert.Equal(t, b.Region, got.Region)
	assert.Equal(t, "Enabled", got.Versioning)
	assert.Equal(t, "BucketOwnerEnforced", got.Ownership, "what arrives belongs to the account")
	assert.Equal(t, map[string]bool{"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true}, got.Blocked)
	if b.Encrypted {
		assert.Equal(t, "aws:kms", got.Encryption.Default.SSEAlgorithm)
		assert.Contains(t, got.Encryption.Default.KMSMasterKeyID, b.Place.ARN("kms", "key/"), "the key is the place's own")
		assert.True(t, got.Encryption.BucketKeyEnabled)
	} else {
		assert.Equal(t, "AES256", got.Encryption.Default.SSEAlgorithm)
	}
	if assert.Len(t, got.Lifecycle, 1) {
		assert.Equal(t, b.NoncurrentDays, got.Lifecycle[0].NoncurrentVersionExpiration.NoncurrentDays)
	}
	if b.SourceOf == nil {
		assert.Nil(t, got.Replication)
	} else {
		r.replication(t, b.SourceOf, got.Replication)
	}
	r.policy(t, b, got.Policy)
}

func (r *reader) replication(t *testing.T, of *topology.Replication, got *replicationRead) {
	require.NotNil(t, got)
	assert.Equal(t, of.RoleARN(), got.Role)
	require.Len(t, got.Rules, len(of.Destinations))
	priorities := map[int]bool{}
	for _, rule := range got.Rules {
		priorities[rule.Priority] = true
	}
	assert.Len(t, priorities, len(got.Rules), "priorities of their own")
	for _, d := range of.Destinations {
		i := 0
		for i < len(got.Rules)-1 && got.Rules[i].Destination.Bucket != d.ARN() {
			i++
		}
		r.rule(t, of, d, got.Rules[i])
	}
}

func (r *reader) rule(t *testing.T, of *topology.Replication, d *topology.Destination, got ruleRead) {
	to := got.Destination
	assert.Equal(t, d.ARN(), to.Bucket)
	assert.Equal(t, "Enabled", got.Status)
	assert.Equal(t, d.StorageClass, to.StorageClass)
	assert.Equal(t, status(of.DeleteMarkers), got.DeleteMarkerReplication.Status)
	assert.Nil(t, got.ExistingObjectReplication, "S3 refuses it")
	account, owner := "", ""
	if d.Account != of.Source.Account {
		account, owner = d.Account.ID, "Destination"
	}
	assert.Equal(t, account, to.Account)
	assert.Equal(t, owner, to.AccessControlTranslation.Owner)

	var want filterRead
	switch {
	case len(of.ObjectTags) == 0:
		want.Prefix = of.Prefix
	case len(of.ObjectTags) == 1 && of.Prefix == "":
		want.Tag = of.ObjectTags[0]
	default:
		want.And.Prefix, want.And.Tags = of.Prefix, of.ObjectTags
	}
	assert.Equal(t, want, got.Filter)

	encrypted, key := "", d.KMSKey
	if d.HasKey() {
		encrypted = "Enabled"
	}
	if d.Encrypted {
		key = r.Buckets[d.Bucket.Bucket].Encryption.Default.KMSMasterKeyID
	}
	assert.Equal(t, encrypted, got.SourceSelectionCriteria.SseKmsEncryptedObjects.Status)
	assert.Equal(t, key, to.EncryptionConfiguration.ReplicaKmsKeyID, "the key of the bucket that it goes to")

	controlled, minutes := "", 0
	if of.TimeControl {
		controlled, minutes = "Enabled", 15
	}
	assert.Equal(t, controlled, to.ReplicationTime.Status)
	assert.Equal(t, minutes, to.ReplicationTime.Time.Minutes)
	assert.Equal(t, controlled, to.Metrics.Status)
	assert.Equal(t, minutes, to.Metrics.EventThreshold.Minutes)
}

func status(enabled bool) string {
	if enabled {
		return "Enabled"
	}
	return "Disabled"
}

// policy asks a bucket's policy, as S3 has it, about callers to whom their own account allows everything.
func (r *reader) policy(t *testing.T, b *topology.Bucket, text string) {
	may := r.judge(t, b, text)
	admin := func(account *topology.Account) policy.Caller {
		return policy.AsSession(policy.Literal(account.Partition.ARN("iam", "", account.ID, "role/administrator")), "s")
	}
	for _, a := range r.topology.Accounts {
		for _, action := range []string{"s3:PutObject", "s3:DeleteObject", "s3:ReplicateObject", "s3:PutObjectAcl"} {
			assert.False(t, may(admin(a), action, b.Objects()), "%s of %s by an administrator of account.%s", action, b.Bucket, a.Name)
		}
		assert.Equal(t, a == b.Account, may(admin(a), "s3:PutBucketPolicy", b.ARN()), "account.%s administers %s", a.Name, b.Bucket)
	}
	if of := b.ReplicaOf; of != nil {
		role := policy.AsSession(policy.Literal(of.RoleARN()), "s3-replication")
		for _, action := range []string{"s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags", "s3:ObjectOwnerOverrideToBucketOwner"} {
			assert.True(t, may(role, action, b.Objects()), action)
			assert.False(t, may(role, action, b.Objects(), "aws:SecureTransport", "false"), action)
		}
		assert.True(t, may(role, "s3:GetBucketVersioning", b.ARN()))
	}
	for _, g := range b.Writers {
		writer := policy.AsSession(policy.Literal(g.ARN), "s")
		for _, at := range r.places(g) {
			assert.True(t, may(writer, "s3:PutObject", b.Objects(), at...), "%s from %s", g.ARN, at)
		}
		assert.False(t, may(writer, "s3:PutObject", b.Objects(), "aws:SourceIp", "192.0.2.200"), "%s from elsewhere", g.ARN)
		assert.False(t, may(writer, "s3:PutObject", b.Objects(), "aws:SourceVpce", "vpce-elsewhere"), "%s from elsewhere", g.ARN)
	}
	for _, g := range b.Readers {
		for _, at := range r.places(g) {
			assert.True(t, may(policy.Caller{}, "s3:GetObject", b.Objects(), at...), "runner.%s from %s", g.Runner.Name, at)
		}
	}
	for _, at := range [][]string{{"aws:SourceIp", "192.0.2.200"}, {"aws:SourceVpce", "vpce-elsewhere", "aws:VpcSourceIp", "10.20.0.1"}} {
		assert.False(t, may(policy.Caller{}, "s3:GetObject", b.Objects(), at...), "somebody at %s", at)
	}
	if d := b.Distribution; d != nil {
		cloudFront := policy.AsService("cloudfront.amazonaws.com")
		assert.True(t, may(cloudFront, "s3:GetObject", b.Objects(), "aws:SourceArn", r.Distributions["distribution."+d.Name].ARN))
		assert.False(t, may(cloudFront, "s3:GetObject", b.Objects(), "aws:SourceArn", "arn:aws:cloudfront::999999999999:distribution/E1"))
	}
}

// judge tells whether a bucket's policy lets a request through, with TLS unless its context says otherwise.
func (r *reader) judge(t *testing.T, b *topology.Bucket, text string) func(caller policy.Caller, action, resource string, context ...string) bool {
	t.Helper()
	document, err := policy.Parse(text)
	require.NoError(t, err)
	bucket, err := policy.Compile(policy.Resource, b.Bucket, document)
	require.NoError(t, err)
	everything, err := policy.Compile(policy.Identity, "everything", policy.Document{Statements: []policy.Statement{
		{Effect: policy.Allow, Actions: []string{"*"}, Resources: policy.Literals("*")},
	}})
	require.NoError(t, err)
	return func(caller policy.Caller, action, resource string, context ...string) bool {
		keys := policy.Context{}.With("aws:SecureTransport", policy.Literal("true"))
		for i := 0; i < len(context); i += 2 {
			keys = keys.With(context[i], policy.Literal(context[i+1]))
		}
		return policy.Evaluate(policy.Request{
			Caller: caller, Action: action, Resource: policy.Literal(resource), Owner: b.Account.ID, Context: keys,
		}, bucket, everything).Allowed()
	}
}

// places are the contexts that requests of a grant come with: a public address, or an endpoint.
func (r *reader) places(g *topology.Grant) (out [][]string) {
	for _, d := range g.From {
		if d.Endpoint != nil {
			id := r.Endpoints[fmt.Sprintf("%s-%s-s3", r.topology.Prefix, d.Endpoint.Name)]
			out = append(out, []string{"aws:SourceVpce", id, "aws:VpcSourceIp", "10.20.0.9"})
		}
		for _, a := range d.Addresses {
			if d.Endpoint == nil {
				out = append(out, []string{"aws:SourceIp", a.Addr().String()})
			}
		}
	}
	return out
}

func (r *reader) distribution(t *testing.T, d *topology.Distribution) {
	got := r.Distributions["distribution."+d.Name].Config
	assert.Equal(t, d.Aliases, got.Aliases.Items)
	assert.Equal(t, d.Index, got.DefaultRootObject)
	assert.Equal(t, d.Certificate, got.ViewerCertificate.ACMCertificateArn)
	assert.Equal(t, "TLSv1.2_2021", got.ViewerCertificate.MinimumProtocolVersion)
	if assert.Len(t, got.Origins.Items, 1) {
		assert.Contains(t, got.Origins.Items[0].DomainName, d.Origin.Bucket+".s3.")
		assert.NotEmpty(t, got.Origins.Items[0].OriginAccessControlId)
	}
	assert.Contains(t, got.Logging.Bucket, d.LogBucket)
}
