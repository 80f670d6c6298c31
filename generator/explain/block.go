package explain

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

// A block is a resource of the tree.
type block struct {
	kind, name, stack string
	at                Place
	reason            []string // the comment above it
	body              []string // the lines below its first
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
	lines := strings.Split(string(f.Data), "\n")
	var reason []string
	for i, line := range lines {
		if comment, ok := strings.CutPrefix(line, "# "); ok && i > 0 { // the first line says who wrote it
			reason = append(reason, comment)
			continue
		}
		if m := opening.FindStringSubmatch(line); m != nil {
			out = append(out, block{m[1], m[2], path.Dir(f.Path), Place{path.Join(s.Output, f.Path), i + 1}, reason, lines[i+1:]})
		}
		reason = nil
	}
	return out
}

// A statement is one of a policy that is written out in a block.
type statement struct {
	name   string // its Sid, or which one it is
	reason []string
	at     Place
}

// statements are those of the block's policy, as package tf writes them.
func (b block) statements() (out []statement) {
	for i, line := range b.body {
		last := len(out) - 1
		switch {
		case line == "}":
			return out
		case line == "      {":
			out = append(out, statement{name: fmt.Sprintf("statement %d", len(out)+1), at: Place{b.at.File, b.at.Line + i + 1}})
		case last < 0:
		case strings.HasPrefix(line, "        # "):
			out[last].reason = append(out[last].reason, strings.TrimPrefix(line, "        # "))
		default:
			if m := sid.FindStringSubmatch(line); m != nil {
				out[last].name = m[1]
			}
		}
	}
	return out
}

var sid = regexp.MustCompile(`^        Sid += "([A-Za-z0-9]+)"$`)

// subjectOf is the address in the spec of what a block was made for, "" if it is nobody's alone. Files are named for it.
func (e *explainer) subjectOf(b block) string {
	file := strings.TrimSuffix(path.Base(b.at.File), ".tf")
	if name, ok := strings.CutPrefix(file, "package_index_"); ok {
		return "package_index." + name
	}
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
