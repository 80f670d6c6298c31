package proof

import (
	"slices"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/topology"
)

// machines checks all claims about a runner in a network that is no CodeBuild project: its owner puts the machines into
// the group and the subnets that the tree has for them.
func (w *worker) machines() {
	h := w.home
	w.seat = h.at
	group := h.groupOf(w.Runner)
	if !w.holds(group != nil, Present, h.at, "There is no security group %s for the machines of runner.%s.", w.Group, w.Name) {
		return
	}
	w.seat, w.groups, w.subnets = group.At("name"), []string{group.ID()}, h.privateSubnets()
	w.holds(h.Existing != nil || len(w.subnets) == len(h.Zones), Existing, h.at, "network.%s has %d private subnets for the machines of runner.%s, in place of one in each of %d zones.", h.Name, len(w.subnets), w.Name, len(h.Zones))
	_, why := w.tables()
	w.holds(why == "", Connected, h.at, "The routes of runner.%s are not those of network.%s: %s.", w.Name, h.Name, why)
	w.group(group.ID(), w.seat)
	told := group.Stack.Output(w.Name + "_security_group_id")
	if w.holds(told != nil, Present, w.seat, "Nothing tells the owner of runner.%s into which security group its machines go.", w.Name) {
		v, err := told.Value()
		w.holds(err == nil && evidence.AsText(v) == group.ID(), Fenced, told.Place, "The output names another security group than that of runner.%s.", w.Name)
	}
	w.paths()
}

// groupOf is the security group of a runner that is no CodeBuild project, by its name; nil if there is not exactly one.
func (h *home) groupOf(r *topology.Runner) *evidence.Resource {
	found := slices.DeleteFunc(slices.Clone(h.Where("aws_security_group", "name", r.Group)), func(g *evidence.Resource) bool {
		return g.Stack.Path != h.Stack(topology.NetworkLayer)
	})
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

// privateSubnets are the ids of the network's private subnets.
func (h *home) privateSubnets() []string {
	if h.Existing != nil {
		return h.Existing.SubnetIDs
	}
	var ids []string
	for _, subnet := range h.Where("aws_subnet", "vpc_id", h.vpc) {
		if id := subnet.ID(); h.inNetwork(id) {
			ids = append(ids, id)
		}
	}
	return ids
}
