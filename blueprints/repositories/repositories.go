// Package repositories makes CodeCommit repositories.
package repositories

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// Blueprint makes CodeCommit repositories.
type Blueprint struct{}

// Name of the blueprint.
func (Blueprint) Name() string { return "repositories" }

// Emit writes repository_NAME.tf for each repository.
func (Blueprint) Emit(t *topology.Topology) ([]tf.File, hcl.Diagnostics) {
	var files []tf.File
	for _, r := range topology.Of[*topology.Repository](t) {
		var key, description tf.Value
		if t.Encrypted {
			key = tf.Text(policy.Address("aws_kms_key", string(topology.StorageLayer), "arn"))
		}
		if r.Description != "" {
			description = tf.String(r.Description)
		}
		repository := tf.Resource("aws_codecommit_repository", r.Name,
			tf.Attr("repository_name", tf.String(r.Repo)),
			tf.Attr("description", description),
			tf.Attr("kms_key_id", key),
			tf.Gap(),
			tf.Because("checkov:skip=CKV2_AWS_37:approval rules name people, whom the spec does not know")).Because("repository." + r.Name)
		stack := r.Stack(topology.StorageLayer)
		files = append(files, tf.File{Path: stack + "/repository_" + r.Name + ".tf", Blocks: []*tf.Block{repository}},
			tf.File{Path: stack + "/outputs.tf", Blocks: []*tf.Block{
				tf.Output(r.Name+"_clone_url_http", "Where Git clones repository."+r.Name+" from.", tf.Text(repository.Ref("clone_url_http")))}})
	}
	return files, nil
}
