package resolve

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// A topicResolver resolves topics.
type topicResolver struct{ *resolver }

// topicPattern is what a topic may be called. Source: Amazon SNS API Reference, CreateTopic; those in order (.fifo) are left out.
var topicPattern = regexp.MustCompile(`^[\w-]{1,256}$`)

func (r topicResolver) topics(s *spec.Spec) {
	made := map[topology.Place]map[string]*topology.Topic{}
	for _, b := range s.Topics {
		t := r.topic(b)
		if t == nil {
			continue
		}
		if made[t.Place] == nil {
			made[t.Place] = map[string]*topology.Topic{}
		}
		if first := made[t.Place][t.Topic]; first != nil {
			r.wrong(cmp.Or(b.Topic.Range, b.Header.Range), "Topic made twice",
				"topic.%s and topic.%s are both the topic %q in %s of account.%s. Write name = \"…\" in one of them, or remove it.",
				first.Name, t.Name, t.Topic, t.Region, t.Account.Name)
			continue
		}
		made[t.Place][t.Topic] = t
	}
}

// topic is what a block says, nil if nobody knows where it is.
func (r topicResolver) topic(s *spec.Topic) *topology.Topic {
	place, ok := r.place("topic."+s.Name, s.Account, s.Region)
	name := s.Topic.Or(s.Name)
	if !topicPattern.MatchString(name) {
		r.wrong(s.Topic.Range, "Name that SNS refuses",
			"%q cannot be the name of a topic. Write up to 256 letters, digits, hyphens and underscores.", name)
	}
	if !ok {
		return nil
	}
	t := &topology.Topic{Name: s.Name, Range: s.Header.Range, Place: place, Topic: name}
	add(r, s.Name, t)
	r.topology.Things = append(r.topology.Things, t)
	return t
}

// notify resolves the topics that a build notifies. SNS asks for the key of each on the build's behalf, so no endpoint of KMS
// is needed.
func (b *build) notify() {
	n := b.runner.Network
	for _, t := range b.notified() {
		publish := topology.Access{Through: []aws.Service{"sns"}, Actions: topology.NotifyActions, Resources: []string{t.Made().ARN()}}
		if t.Region != n.Region {
			publish.Region = t.Region
		}
		b.add("notifies "+t.Address(), t, publish)
		if b.topology.Encrypted {
			b.add("has SNS encrypt what it sends to "+t.Address(), t, topology.Access{
				Actions: topology.NotifyKeyActions, KeyOf: &t.Place, Conditions: []policy.Condition{b.viaService("sns", t.Region)},
			})
		}
		if t.Account != n.Account {
			t.Notifiers = append(t.Notifiers, b.runner)
		}
	}
}

// notified are the topics that the network leads to, each once, sorted by name.
func (b *build) notified() (out []*topology.Topic) {
	for _, ref := range b.spec.Things["notify"].V {
		if t := find[*topology.Topic](b, ref.V.Name); t != nil && !slices.Contains(out, t) && b.notifies(t, ref.Range) {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b *topology.Topic) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// notifies reports a topic that the build could not notify.
func (b *build) notifies(t *topology.Topic, at hcl.Range) bool {
	n := b.runner.Network
	switch own := n.Account; {
	case t.Account.Partition != own.Partition:
		b.wrong(at, "Topic in another partition",
			"topic.%s is in the partition %s and runner.%s in %s; no permission reaches across. Write a topic of an account in %s.",
			t.Name, t.Account.Partition.Name, b.runner.Name, own.Partition.Name, own.Partition.Name)
	case t.Region != n.Region && !n.NAT:
		b.wrong(at, "Topic out of reach",
			"network.%s has no way out, and a VPC endpoint leads to its own region only: topic.%s is in %s, the network in %s. Write a topic with region = %q, or set egress = \"nat\" in the network.",
			n.Name, t.Name, t.Region, n.Region, n.Region)
	case t.Account != own && !b.topology.Encrypted:
		b.wrong(at, "Topic with a key of AWS",
			"With encryption = \"aws\" SNS encrypts topic.%s with a key that AWS keeps in account.%s, and nobody of another account may use that: runner.%s is in account.%s. Write encryption = \"kms\" in the postern block, or a topic of account.%s.",
			t.Name, t.Account.Name, b.runner.Name, own.Name, own.Name)
	default:
		return true
	}
	return false
}
