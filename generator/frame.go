package generator

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// frame is what Terraform needs around a stack's files: versions, backend, provider, and the states it reads.
func (s *stack) frame(t *topology.Topology, stacks map[string]*stack) []tf.File {
	files := []tf.File{
		{Path: s.path + "/terraform.tf", Blocks: []*tf.Block{versions(t, s)}},
		{Path: s.path + "/providers.tf", Blocks: []*tf.Block{provider(t, s)}},
	}
	if remote := s.remoteStates(t, stacks); len(remote) > 0 {
		files = append(files, tf.File{Path: s.path + "/remote_state.tf", Blocks: remote})
	}
	return files
}

// versions asks for a Terraform that locks its state in S3 without a table (1.10), and for the providers that the
// output is tested with.
func versions(t *topology.Topology, s *stack) *tf.Block {
	required := tf.Nest("required_providers",
		tf.Attr("aws", tf.Object(tf.Key("source", tf.String("hashicorp/aws")), tf.Key("version", tf.String(">= 5.100, < 7.0")))))
	items := []tf.Item{tf.Attr("required_version", tf.String(">= 1.10")), required}
	if t.State != nil {
		items = append(items, tf.Labelled("backend", "s3",
			tf.Attr("bucket", tf.String(t.State.Bucket)),
			tf.Attr("key", tf.String(stateKey(t, s.path))),
			tf.Attr("region", tf.String(t.State.Region)),
			tf.Attr("encrypt", tf.Bool(true)),
			tf.Attr("use_lockfile", tf.Bool(true))))
	}
	return tf.Nest("terraform", items...)
}

// stateKey is where in the state bucket a stack's state lies: below the prefix, so that specs may share a bucket.
func stateKey(t *topology.Topology, stack string) string {
	return t.Prefix + "/" + stack + "/terraform.tfstate"
}

func provider(t *topology.Topology, s *stack) *tf.Block {
	items := []tf.Item{
		tf.Attr("region", tf.String(s.place.Home())),
		tf.Gap(),
		tf.Because("Credentials of any other account are refused before anything is changed."),
		tf.Attr("allowed_account_ids", tf.Strings([]string{s.place.Account.ID})),
	}
	if role := s.place.Account.DeployRole; role != "" {
		items = append(items, tf.Nest("assume_role", tf.Attr("role_arn", tf.String(role))))
	}
	if len(t.Tags) > 0 {
		var tags []tf.Field
		for _, tag := range t.Tags {
			tags = append(tags, tf.Key(tag.Key, tf.String(tag.Value)))
		}
		items = append(items, tf.Nest("default_tags", tf.Attr("tags", tf.Object(tags...))))
	}
	return tf.Labelled("provider", "aws", items...)
}

// remoteStates are the data sources for the outputs that the stack's files read.
func (s *stack) remoteStates(t *topology.Topology, stacks map[string]*stack) []*tf.Block {
	if s.layer == topology.NetworkLayer {
		return nil // nothing comes before it
	}
	read := map[string][]string{}
	for _, f := range s.files {
		for _, address := range f.Addresses() {
			steps := strings.Split(address, ".")
			if len(steps) > 4 && steps[1] == "terraform_remote_state" && !slices.Contains(read[steps[2]], steps[4]) {
				read[steps[2]] = append(read[steps[2]], steps[4])
			}
		}
	}
	var blocks []*tf.Block
	for _, l := range topology.Layers { // earlier layers first, then by name
		for _, name := range sortedKeys(read) {
			other := stacks[s.place.RemoteStack(name)]
			if other == nil || slices.Index(topology.Layers, other.layer) >= slices.Index(topology.Layers, s.layer) {
				panic(fmt.Sprintf("generator: %s reads %s, which is not applied before it", s.path, s.place.RemoteStack(name)))
			}
			if other.layer != l {
				continue
			}
			other.mustHave(read[name])
			blocks = append(blocks, remoteState(t, s, name, other))
		}
	}
	return blocks
}

func remoteState(t *topology.Topology, s *stack, name string, other *stack) *tf.Block {
	if t.State != nil {
		return tf.Data("terraform_remote_state", name,
			tf.Attr("backend", tf.String("s3")),
			tf.Attr("config", tf.Object(
				tf.Key("bucket", tf.String(t.State.Bucket)),
				tf.Key("key", tf.String(stateKey(t, other.path))),
				tf.Key("region", tf.String(t.State.Region)))))
	}
	relative, err := filepath.Rel(filepath.FromSlash(s.path), filepath.FromSlash(other.path))
	if err != nil {
		panic(err) // both are relative and clean
	}
	return tf.Data("terraform_remote_state", name,
		tf.Attr("backend", tf.String("local")),
		tf.Attr("config", tf.Object(tf.Key("path", tf.Text(policy.Join(
			policy.Address("path", "module"), policy.Literal("/"+filepath.ToSlash(relative)+"/terraform.tfstate")))))))
}

// mustHave panics when the stack lacks an output: its blueprint and another one disagree.
func (s *stack) mustHave(outputs []string) {
	have := map[string]bool{}
	for _, f := range s.files {
		for _, b := range f.Blocks {
			if labels := b.Labels(); labels[0] == "output" {
				have[labels[1]] = true
			}
		}
	}
	for _, o := range outputs {
		if !have[o] {
			panic(fmt.Sprintf("generator: nothing in %s puts out %s", s.path, o))
		}
	}
}
