package explain

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

// The output is asked through package evidence. The rules are:
//   - What was made for a block is in files that are called as fileOf says, in whichever stack.
//   - The interface of an endpoint is known by the service that it leads to. What its network has beside is the network's.
//   - What is in any other file is nobody's alone.

// resources are those of some files of the tree, by file and line. No more than these is read.
func resources(files []tree.File) (out []*evidence.Resource) {
	t := evidence.Read(nil, slices.DeleteFunc(slices.Clone(files), func(f tree.File) bool { return !evidence.IsRead(f) }))
	for _, kind := range t.Kinds() {
		out = append(out, t.Of(kind)...)
	}
	slices.SortFunc(out, func(a, b *evidence.Resource) int {
		at, other := a.Start(), b.Start()
		return cmp.Or(strings.Compare(at.File, other.File), at.Line-other.Line)
	})
	return out
}

// fileOf is what the files are called with what was made for an address of the spec.
func fileOf(address string) string { return strings.Replace(address, ".", "_", 1) + ".tf" }

// endpointsOf is what the file is called with a network's endpoints.
func endpointsOf(n *topology.Network) string { return "endpoints_" + n.Name + ".tf" }

func fileName(r *evidence.Resource) string { return path.Base(r.Start().File) }

// in are the resources of files that are called so.
func (s Source) in(names ...string) []*evidence.Resource {
	return resources(slices.DeleteFunc(slices.Clone(s.Files), func(f tree.File) bool { return !slices.Contains(names, path.Base(f.Path)) }))
}

// isEndpoint tells whether a resource is this endpoint.
func isEndpoint(r *evidence.Resource, p *topology.Endpoint) bool {
	n := p.Network
	return r.Kind() == "aws_vpc_endpoint" && fileName(r) == endpointsOf(n) && r.Text("service_name") == n.Account.Partition.EndpointName(n.Region, p.Service)
}

// subjectOf is the address in the spec of what a resource was made for, "" if it is nobody's alone.
func (e *explainer) subjectOf(r *evidence.Resource) string {
	for _, n := range e.Topology.Networks {
		if fileName(r) != endpointsOf(n) {
			continue
		}
		for _, p := range n.Endpoints {
			if isEndpoint(r, p) {
				return p.Address()
			}
		}
		return n.Address()
	}
	for _, b := range e.Topology.Blocks() {
		if fileName(r) == fileOf(b.Address()) {
			return b.Address()
		}
	}
	return ""
}

// place is where something of the tree is.
func (s Source) place(p evidence.Place) *Place { return &Place{path.Join(s.Output, p.File), p.Line} }

// above are the lines of the comment above a line of the tree. They are shown, and nothing is made of what they say.
func (s Source) above(p evidence.Place) (out []string) {
	for _, f := range s.Files {
		if f.Path != p.File {
			continue
		}
		lines := strings.Split(string(f.Data), "\n")
		for i := p.Line - 2; i > 0; i-- { // the first line says who wrote the file
			comment, ok := strings.CutPrefix(lines[i], "# ")
			if !ok {
				break
			}
			out = append(out, comment)
		}
	}
	slices.Reverse(out)
	return out
}
