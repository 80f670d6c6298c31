// Command terraform-provider-aws serves the schema of a hashicorp/aws release and nothing else, so that
// `terraform validate` can hold a configuration against a release that is not installed.
//
// The schema is schema.json.gz beside the program: the output of `terraform providers schema -json`.
package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const address = "registry.terraform.io/hashicorp/aws"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	if program, err = filepath.EvalSymlinks(program); err != nil { // terraform init links to the package
		return err
	}
	p, err := load(filepath.Join(filepath.Dir(program), "schema.json.gz"))
	if err != nil {
		return err
	}
	return tf5server.Serve(address, func() tfprotov5.ProviderServer { return p })
}

func load(file string) (*provider, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var doc struct {
		Providers map[string]*provider `json:"provider_schemas"`
	}
	if err := json.NewDecoder(text).Decode(&doc); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if doc.Providers[address] == nil {
		return nil, fmt.Errorf("%s: no schema of %s", file, address)
	}
	return doc.Providers[address], nil
}

// A provider answers what `terraform validate` asks. The calls of the embedded interface are those of
// plan and apply; they are not implemented.
type provider struct {
	tfprotov5.ProviderServer `json:"-"`

	Provider    schema
	Resources   map[string]schema `json:"resource_schemas"`
	DataSources map[string]schema `json:"data_source_schemas"`
}

type schema struct {
	Version int64
	Block   *block
}

type block struct {
	Attributes map[string]attribute
	Blocks     map[string]nested `json:"block_types"`
	Deprecated bool
}

type attribute struct {
	Type                                                json.RawMessage
	Required, Optional, Computed, Sensitive, Deprecated bool

	WriteOnly bool `json:"write_only"`
}

type nested struct {
	Mode     string `json:"nesting_mode"`
	Block    *block
	MinItems int64 `json:"min_items"`
	MaxItems int64 `json:"max_items"`
}

func (p *provider) GetProviderSchema(context.Context, *tfprotov5.GetProviderSchemaRequest) (*tfprotov5.GetProviderSchemaResponse, error) {
	return &tfprotov5.GetProviderSchemaResponse{
		Provider:          p.Provider.proto(),
		ResourceSchemas:   protos(p.Resources),
		DataSourceSchemas: protos(p.DataSources),
	}, nil
}

func (p *provider) GetResourceIdentitySchemas(context.Context, *tfprotov5.GetResourceIdentitySchemasRequest) (*tfprotov5.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov5.GetResourceIdentitySchemasResponse{}, nil
}

func (p *provider) PrepareProviderConfig(_ context.Context, r *tfprotov5.PrepareProviderConfigRequest) (*tfprotov5.PrepareProviderConfigResponse, error) {
	ds, err := p.Provider.check(r.Config)
	return &tfprotov5.PrepareProviderConfigResponse{PreparedConfig: r.Config, Diagnostics: ds}, err
}

func (p *provider) ValidateResourceTypeConfig(_ context.Context, r *tfprotov5.ValidateResourceTypeConfigRequest) (*tfprotov5.ValidateResourceTypeConfigResponse, error) {
	ds, err := p.Resources[r.TypeName].check(r.Config)
	return &tfprotov5.ValidateResourceTypeConfigResponse{Diagnostics: ds}, err
}

func (p *provider) ValidateDataSourceConfig(_ context.Context, r *tfprotov5.ValidateDataSourceConfigRequest) (*tfprotov5.ValidateDataSourceConfigResponse, error) {
	ds, err := p.DataSources[r.TypeName].check(r.Config)
	return &tfprotov5.ValidateDataSourceConfigResponse{Diagnostics: ds}, err
}

func (p *provider) StopProvider(context.Context, *tfprotov5.StopProviderRequest) (*tfprotov5.StopProviderResponse, error) {
	return &tfprotov5.StopProviderResponse{}, nil
}

func protos(schemas map[string]schema) map[string]*tfprotov5.Schema {
	out := map[string]*tfprotov5.Schema{}
	for name, s := range schemas {
		out[name] = s.proto()
	}
	return out
}

func (s schema) proto() *tfprotov5.Schema {
	return &tfprotov5.Schema{Version: s.Version, Block: s.Block.proto()}
}

var modes = map[string]tfprotov5.SchemaNestedBlockNestingMode{
	"single": tfprotov5.SchemaNestedBlockNestingModeSingle,
	"list":   tfprotov5.SchemaNestedBlockNestingModeList,
	"set":    tfprotov5.SchemaNestedBlockNestingModeSet,
}

func (b *block) proto() *tfprotov5.SchemaBlock {
	out := &tfprotov5.SchemaBlock{Deprecated: b.Deprecated}
	for _, name := range slices.Sorted(maps.Keys(b.Attributes)) {
		a := b.Attributes[name]
		out.Attributes = append(out.Attributes, &tfprotov5.SchemaAttribute{
			Name: name, Type: a.ty(), Required: a.Required, Optional: a.Optional, Computed: a.Computed,
			Sensitive: a.Sensitive, Deprecated: a.Deprecated, WriteOnly: a.WriteOnly,
		})
	}
	for _, name := range slices.Sorted(maps.Keys(b.Blocks)) {
		n := b.Blocks[name]
		out.BlockTypes = append(out.BlockTypes, &tfprotov5.SchemaNestedBlock{
			TypeName: name, Nesting: modes[n.Mode], Block: n.Block.proto(), MinItems: n.MinItems, MaxItems: n.MaxItems,
		})
	}
	return out
}

func (a attribute) ty() tftypes.Type {
	ty, err := tftypes.ParseJSONType(a.Type)
	if err != nil {
		panic(err) // the schema is ours
	}
	return ty
}

// check is what a provider adds to Terraform's own validation.
func (s schema) check(config *tfprotov5.DynamicValue) ([]*tfprotov5.Diagnostic, error) {
	v, err := config.Unmarshal(s.Block.proto().ValueType())
	if err != nil {
		return nil, err
	}
	return s.Block.check(v, tftypes.NewAttributePath()), nil
}

// check warns of deprecated arguments and blocks, and refuses values of attributes that only AWS sets.
func (b *block) check(v tftypes.Value, at *tftypes.AttributePath) (out []*tfprotov5.Diagnostic) {
	var values map[string]tftypes.Value
	if v.IsNull() || !v.IsKnown() || v.As(&values) != nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(b.Attributes)) {
		a, path := b.Attributes[name], at.WithAttributeName(name)
		if values[name].IsNull() {
			continue
		}
		if a.Deprecated {
			out = append(out, deprecated(path))
		}
		if a.Computed && !a.Optional {
			out = append(out, &tfprotov5.Diagnostic{
				Severity: tfprotov5.DiagnosticSeverityError, Summary: "Value for unconfigurable attribute", Detail: path.String(), Attribute: path,
			})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.Blocks)) {
		n, path := b.Blocks[name], at.WithAttributeName(name)
		for _, e := range elements(values[name]) {
			if n.Block.Deprecated {
				out = append(out, deprecated(path))
			}
			out = append(out, n.Block.check(e, path)...)
		}
	}
	return out
}

func deprecated(path *tftypes.AttributePath) *tfprotov5.Diagnostic {
	return &tfprotov5.Diagnostic{
		Severity: tfprotov5.DiagnosticSeverityWarning, Summary: "Argument is deprecated", Detail: path.String(), Attribute: path,
	}
}

// elements are the blocks of one type, whatever their nesting mode.
func elements(v tftypes.Value) (out []tftypes.Value) {
	switch {
	case v.IsNull() || !v.IsKnown():
		return nil
	case v.As(&out) == nil:
		return out
	default:
		return []tftypes.Value{v}
	}
}
