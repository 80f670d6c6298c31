package generator

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/topology"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// purpose is what a layer is for, as its heading in the README says it.
var purpose = map[topology.Layer]string{
	topology.NetworkLayer:  "VPCs, subnets, routes, security groups, endpoints",
	topology.StorageLayer:  "keys, registries, repositories, buckets",
	topology.IdentityLayer: "OIDC providers and the roles that CI may assume",
	topology.DeliveryLayer: "builds, replications and the roles they act as",
}

// readme is the tree's README.md: what is in each stack, and the order to apply it.
func readme(t *topology.Topology, stacks map[string]*stack) []byte {
	var b bytes.Buffer
	b.WriteString(pageHeader + "# What is here\n\n[Who gets in](" + accessPage + "), and from where, is on a page of its own.\n\n")
	b.WriteString("Each folder below is a Terraform root module for one account and one place, with a state of its own. " +
		"Apply the steps in order; within a step the order is free.\n" +
		"To adjust a file, put an `*_override.tf` beside it: Terraform merges it, and it survives the next `postern generate`.\n")
	step := 0
	for _, l := range topology.Layers {
		paths := inLayer(stacks, l)
		if len(paths) == 0 {
			continue
		}
		step++
		fmt.Fprintf(&b, "\n## %d. %s: %s\n\n| stack | account | what is in it |\n|---|---|---|\n", step, l, purpose[l])
		contents := t.Contents(l)
		for _, p := range paths {
			s := stacks[p]
			fmt.Fprintf(&b, "| [%s](%s) | %s | %s |\n", p, p, s.place.Account.ID, strings.Join(contents[s.place], "<br>"))
		}
		fmt.Fprintf(&b, "\n```sh\n%s```\n", commands(paths))
	}
	return b.Bytes()
}

// inLayer are the paths of a layer's stacks, sorted.
func inLayer(stacks map[string]*stack, l topology.Layer) []string {
	var paths []string
	for path, s := range stacks {
		if s.layer == l {
			paths = append(paths, path)
		}
	}
	slices.SortFunc(paths, cmp.Compare)
	return paths
}

// commands applies stacks, as one would type it in the tree's folder.
func commands(paths []string) string {
	var b strings.Builder
	for _, p := range paths {
		fmt.Fprintf(&b, "terraform -chdir=%s init && terraform -chdir=%s apply\n", p, p)
	}
	return b.String()
}
