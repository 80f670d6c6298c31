// Package keys makes the customer-managed keys: one in each storage stack, and one in each network stack that keeps
// flow logs, because that is applied before any storage.
package keys

import (
	"cmp"
	"slices"

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
	if !t.Encrypted {
		return nil, nil
	}
	var files []tf.File
	flowLogs := map[topology.Place][]string{}
	for _, n := range t.Networks {
		if n.FlowLogs {
			flowLogs[n.Place] = append(flowLogs[n.Place], n.FlowLogGroupARN())
		}
	}
	buildLogs := t.KeyUsers()
	for _, p := range t.Places() {
		if groups, ok := flowLogs[p]; ok {
			files = append(files, stackKey(t, p, topology.NetworkLayer, "Encrypts the flow logs of this stack.", groups)...)
		}
		if groups, ok := buildLogs[p]; ok {
			files = append(files, stackKey(t, p, topology.StorageLayer, "Encrypts what is stored in this place: images, repositories, build logs.", groups)...)
		}
	}
	return files, nil
}

// stackKey is the key of one stack: the resource is named after the layer.
func stackKey(t *topology.Topology, p topology.Place, l topology.Layer, why string, logGroups []string) []tf.File {
	name := string(l)
	key := tf.Resource("aws_kms_key", name,
		tf.Attr("description", tf.String(t.Prefix+" "+name)),
		tf.Attr("enable_key_rotation", tf.Bool(true)),
		tf.Attr("deletion_window_in_days", tf.Int(30)),
		tf.Gap(),
		tf.Attr("policy", tf.JSON(keyPolicy(p, logGroups)))).Because(why)
	alias := tf.Resource("aws_kms_alias", name,
		tf.Attr("name", tf.String("alias/"+t.Prefix+"-"+name)),
		tf.Attr("target_key_id", tf.Text(key.Ref("key_id"))))
	stack := p.Stack(l)
	files := []tf.File{{Path: stack + "/key.tf", Blocks: []*tf.Block{key, alias}}}
	if l == topology.StorageLayer {
		output := tf.Output("key_arn", "The key that encrypts what is stored in this place.", tf.Text(key.Ref("arn")))
		files = append(files, tf.File{Path: stack + "/outputs.tf", Blocks: []*tf.Block{output}})
	}
	return files
}

// keyPolicy lets the account's IAM policies decide, and CloudWatch Logs use the key for these log groups.
// Source: CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS Key Management Service".
func keyPolicy(p topology.Place, logGroups []string) policy.Document {
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
			Actions:    []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"},
			Resources:  anything,
			Conditions: []policy.Condition{policy.When("ArnEquals", "kms:EncryptionContext:aws:logs:arn", logGroups...)},
		})
	}
	return policy.Document{Statements: statements}
}
