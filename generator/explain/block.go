package explain

import (
	"path"
	"regexp"
	"strings"

	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

// A block is a resource of the tree.
type block struct {
	stack, kind, name string
	at                Place
	reason            []string // the comment above it
}

// address is how Terraform calls the block inside its stack.
func (b block) address() string { return b.kind + "." + b.name }

// opening is the first line of a resource, as package tf writes it.
var opening = regexp.MustCompile(`^resource "([a-z0-9_]+)" "([A-Za-z0-9_-]+)" \{$`)

// blocksOf are the resources of a file. Its lines are canonical, so what begins a block begins a line.
func (s Source) blocksOf(f tree.File) (out []block) {
	if path.Ext(f.Path) != ".tf" {
		return nil
	}
	var reason []string
	line := 0
	for text := range strings.Lines(string(f.Data)) {
		line++
		text = strings.TrimRight(text, "\r\n")
		if comment, ok := strings.CutPrefix(text, "# "); ok && line > 1 { // the first line says who wrote it
			reason = append(reason, comment)
			continue
		}
		if m := opening.FindStringSubmatch(text); m != nil {
			out = append(out, block{path.Dir(f.Path), m[1], m[2], Place{path.Join(s.Output, f.Path), line}, reason})
		}
		reason = nil
	}
	return out
}

// subjectOf is the address in the spec of what a block was made for, "" if it is nobody's alone. Files are named for it.
func (e *explainer) subjectOf(b block) string {
	file := strings.TrimSuffix(path.Base(b.at.File), ".tf")
	kind, name, _ := strings.Cut(file, "_")
	if kind != "endpoints" {
		return kind + "." + name
	}
	for _, n := range e.Topology.Networks {
		for _, p := range n.Endpoints {
			if isEndpoint(b, p) {
				return endpointAddress(p)
			}
		}
	}
	return "network." + name
}

// isEndpoint tells whether a block is this endpoint.
func isEndpoint(b block, p *topology.Endpoint) bool {
	return b.kind == "aws_vpc_endpoint" && b.name == p.Network.Name+"_"+p.Service.Label()
}
