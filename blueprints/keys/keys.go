// Package keys makes the customer-managed keys: one in each storage stack, and one in each network stack that keeps
// flow logs, because that is applied before any storage.
package keys

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// Blueprint makes keys.
type Blueprint struct{}

// Name of the blueprint.
func (Blueprint) Name() string { return "keys" }

// Emit writes key.tf into each stack that has a key.
func (Blueprint) Emit(t *topology.Topology) ([]tf.File, hcl.Diagnostics) {
	var files []tf.File
	var diags hcl.Diagnostics
	flowLogs := map[topology.Place][]string{}
	for _, n := range t.Networks {
		if n.FlowLogs && t.Encrypted {
			flowLogs[n.Place] = append(flowLogs[n.Place], n.FlowLogGroupARN())
		}
	}
	buildLogs := t.KeyUsers()
	for _, p := range t.Places() {
		if groups, ok := flowLogs[p]; ok {
			files = append(files, key{t, p, topology.NetworkLayer, "Encrypts the flow logs of this stack."}.files(keyPolicy(p, groups))...)
		}
		if groups, ok := buildLogs[p]; ok {
			k := key{t, p, topology.StorageLayer, "Encrypts what is stored in this place: images, repositories, buckets, build logs."}
			document := keyPolicy(p, groups, k.strangers()...)
			if size := document.Size(); size > policyLimit {
				diags = append(diags, k.tooLong(size)...)
			}
			files = append(files, k.files(document)...)
		}
	}
	return files, diags
}

// policyLimit is how many bytes a key policy may have. Source: AWS KMS Developer Guide, "Resource quotas".
const policyLimit = 32768

// tooLong is about those of whom there may be any number. Without them the policy is as long as names may be.
func (k key) tooLong(size int) hcl.Diagnostics {
	uses, borrowers := k.KeyUses(k.Place), k.Borrowers(k.Place)
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Key policy over the limit"}
	switch {
	case len(uses) > 0:
		d.Subject = &uses[len(uses)-1].Bucket.Range
		d.Detail = fmt.Sprintf("The policy of the key in %s of account.%s names %d users of buckets in %d characters, and KMS takes %d. Write another region for some of the buckets, or encryption = \"aws\" in some of their replications.",
			k.Region, k.Account.Name, len(uses), size, policyLimit)
	case len(borrowers) > 0:
		d.Subject = &k.Account.Range
		d.Detail = fmt.Sprintf("The policy of the key in %s of account.%s names %d users of other accounts in %d characters, and KMS takes %d. Write another region for some of what they use.",
			k.Region, k.Account.Name, len(borrowers), size, policyLimit)
	default:
		return nil
	}
	return hcl.Diagnostics{d}
}

// A key is the key of one stack: the resource is named after the layer.
type key struct {
	*topology.Topology
	topology.Place
	layer topology.Layer
	why   string
}

// files are the key's. The policy of a storage key is a resource of its own, always: with a distribution it has to be, and if
// it moved, Terraform would give the key its default policy as it takes the resource away, and find that out one apply later.
func (k key) files(document policy.Document) []tf.File {
	name := string(k.layer)
	items := []tf.Item{
		tf.Attr("description", tf.String(k.Prefix+" "+name)),
		tf.Attr("enable_key_rotation", tf.Bool(true)),
		tf.Attr("deletion_window_in_days", tf.Int(30)),
		tf.Gap(),
	}
	stores := k.layer == topology.StorageLayer
	if stores {
		items = append(items, tf.Because("Its policy stands below, where it can name a distribution whose bucket has this key."))
	} else {
		items = append(items, tf.Attr("policy", tf.JSON(document)))
	}
	it := tf.Resource("aws_kms_key", name, items...).Because(k.why)
	blocks := []*tf.Block{it, tf.Resource("aws_kms_alias", name,
		tf.Attr("name", tf.String("alias/"+k.Prefix+"-"+name)),
		tf.Attr("target_key_id", tf.Text(it.Ref("key_id"))))}
	if stores {
		blocks = append(blocks, tf.Resource("aws_kms_key_policy", name,
			tf.Attr("key_id", tf.Text(it.Ref("key_id"))),
			tf.Attr("policy", tf.JSON(document))))
	}
	stack := k.Stack(k.layer)
	files := []tf.File{{Path: stack + "/key.tf", Blocks: blocks}}
	if stores {
		output := tf.Output("key_arn", "The key that encrypts what is stored in this place.", tf.Text(it.Ref("arn")))
		files = append(files, tf.File{Path: stack + "/outputs.tf", Blocks: []*tf.Block{output}})
	}
	return files
}

// strangers lets those use the key who are not of its account, each for its bucket and through S3 alone.
func (k key) strangers() []policy.Statement {
	var out []policy.Statement
	for _, u := range k.KeyUses(k.Place) {
		s := u.Bucket.KeyAdmission(u.ARN, u.Actions)
		s.Reason = u.Does + ", through S3 alone. With a bucket key\nthe encryption context is the bucket, otherwise the object."
		if u.Distribution != nil {
			s = distribution(u)
			s.Reason = u.Does + ", and no other distribution does."
		}
		out = append(out, s)
	}
	for _, b := range k.Borrowers(k.Place) {
		out = append(out, policy.Statement{
			Reason: strings.Join(b.Does, "\n") + ", whose requests the service makes on its behalf.",
			Effect: policy.Allow, Principal: policy.Accounts(k.Account.Partition.ARN("iam", "", topology.AccountOf(b.ARN), "root")),
			Actions: b.Actions, Resources: policy.Literals("*"), Conditions: append(slices.Clone(b.Conditions), policy.When("ArnEquals", "aws:PrincipalArn", b.ARN)),
		})
	}
	return out
}

// distribution lets CloudFront use the key, for this distribution alone: it is one service for all customers.
// Source: Amazon CloudFront Developer Guide, "Restrict access to an Amazon S3 origin", SSE-KMS, which also has kms:Encrypt
// and kms:GenerateDataKey*; that reading needs kms:Decrypt alone is believed.
func distribution(u topology.KeyUse) policy.Statement {
	return policy.Statement{
		Effect: policy.Allow, Principal: policy.Service("cloudfront.amazonaws.com"), Actions: u.Actions, Resources: policy.Literals("*"),
		Conditions: []policy.Condition{{
			Operator: "StringEquals", Key: "AWS:SourceArn", Values: []policy.Text{policy.Address("aws_cloudfront_distribution", u.Distribution.Name, "arn")},
		}},
	}
}

// keyPolicy lets the account's IAM policies decide, CloudWatch Logs use the key for these log groups, and others as
// their statements say.
// Source: CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS Key Management Service", which also has
// kms:Describe*. That comes without an encryption context (Service Authorization Reference), so that here it would allow nothing.
func keyPolicy(p topology.Place, logGroups []string, more ...policy.Statement) policy.Document {
	anything := policy.Literals("*") // in a key policy: this key
	statements := []policy.Statement{{
		Reason: "The account's own IAM policies decide who administers and uses the key; without this nobody could.",
		Sid:    "Account", Effect: policy.Allow, Principal: policy.Accounts(p.Account.Root()), Actions: []string{"kms:*"}, Resources: anything,
	}}
	if len(logGroups) > 0 {
		slices.SortFunc(logGroups, cmp.Compare)
		statements = append(statements, policy.Statement{
			Reason: "CloudWatch Logs encrypts these log groups, and no other, with the key.",
			Sid:    "Logs", Effect: policy.Allow, Principal: policy.Service("logs." + p.Region + "." + p.Account.Partition.DNSSuffix),
			Actions:    []string{"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"},
			Resources:  anything,
			Conditions: []policy.Condition{policy.When("ArnEquals", "kms:EncryptionContext:aws:logs:arn", logGroups...)},
		})
	}
	return policy.Document{Statements: append(statements, more...)}
}
