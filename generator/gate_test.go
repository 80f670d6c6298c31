package generator_test

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints"
	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// open is a blueprint of a kind of resource that no claim is about.
type open struct{ *tf.Block }

func (open) Name() string { return "open" }

func (o open) Emit(t *topology.Topology) ([]tf.File, hcl.Diagnostics) {
	return []tf.File{{Path: t.Networks[0].Stack(topology.NetworkLayer) + "/open.tf", Blocks: []*tf.Block{o.Block}}}, nil
}

// TestWhatNobodyClaimsIsRefused: a blueprint without claims is the program's mistake.
func TestWhatNobodyClaimsIsRefused(t *testing.T) {
	const example = "../examples/sealed-build"
	_, diags := generator.Generate(example, blueprints.All)
	require.Empty(t, diags)
	everybody := policy.Document{Statements: []policy.Statement{{
		Effect: policy.Allow, Principal: policy.Anyone, Actions: []string{"*"}, Resources: policy.Literals("*"),
	}}}
	topic := tf.Resource("aws_sns_topic_policy", "builds", tf.Attr("arn", tf.String("x")), tf.Attr("policy", tf.JSON(everybody)))
	assert.PanicsWithValue(t, "generator: tooling/ap-northeast-1/network/open.tf:3: aws_sns_topic_policy.builds is of a kind that no claim is about.", func() {
		_, _ = generator.Generate(example, append(blueprints.All[:len(blueprints.All):len(blueprints.All)], open{topic}))
	})
	spare := tf.Resource("aws_security_group", "spare", tf.Attr("name", tf.String("spare")), tf.Attr("vpc_id", tf.String("vpc-1")))
	assert.PanicsWithValue(t, "generator: tooling/ap-northeast-1/network/open.tf:5: aws_security_group.spare has vpc_id, which no claim reads here: what it does is not understood.", func() {
		_, _ = generator.Generate(example, append(blueprints.All[:len(blueprints.All):len(blueprints.All)], open{spare}))
	})
}
