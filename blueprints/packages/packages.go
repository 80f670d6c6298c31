// Package packages makes private indexes of Python packages usable: pages with pip's configuration and the commands of
// publishers, and a proxy for readers whose requests to S3 carry no address of theirs.
package packages

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// Blueprint makes package indexes.
type Blueprint struct{}

// Name of the blueprint.
func (Blueprint) Name() string { return "packages" }

// Emit writes a page into each storage stack with a package index, and the proxies that indexes have beside their buckets.
func (Blueprint) Emit(t *topology.Topology) ([]tf.File, hcl.Diagnostics) {
	var files []tf.File
	var diags hcl.Diagnostics
	byPlace := map[topology.Place][]index{}
	for _, of := range t.PackageIndexes {
		i := index{of}
		byPlace[i.Bucket.Place] = append(byPlace[i.Bucket.Place], i)
		if i.Proxy == nil {
			continue
		}
		if size := i.admit(nil).Size(); size > policyLimit {
			diags = append(diags, i.tooLong(size))
		}
		blocks, url := i.proxy()
		files = append(files, tf.File{Path: i.stack() + "/package_index_" + i.Name + ".tf", Blocks: blocks},
			tf.File{Path: i.stack() + "/outputs.tf", Blocks: []*tf.Block{
				tf.Output(i.Name+"_proxy_url", "Where pip finds package_index."+i.Name+" through its proxy.", tf.Text(url))}})
	}
	for _, p := range t.Places() {
		if of := byPlace[p]; len(of) > 0 {
			files = append(files, tf.File{Path: p.Stack(topology.StorageLayer) + "/README.md", Page: placePage(p, of)})
		}
	}
	return files, diags
}

// An index is one package index on its way to Terraform.
type index struct{ *topology.PackageIndex }

func (i index) stack() string { return i.Bucket.Stack(topology.StorageLayer) }

// policyLimit is how many characters the resource policy of an API may have.
// Source: Amazon API Gateway Developer Guide, "Quotas for configuring and running a REST API in API Gateway".
const policyLimit = 8192

func (i index) tooLong(size int) *hcl.Diagnostic {
	at := i.Range
	return &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Proxy policy over the limit", Subject: &at,
		Detail: fmt.Sprintf("The policy of package_index.%s's proxy has %d characters, and API Gateway takes %d. Write fewer and larger ranges of addresses for its readers.",
			i.Name, size, policyLimit),
	}
}
