package proof

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/topology"
)

// keyIn is the one key of a stack, nil if there is none or several.
func (f *findings) keyIn(place topology.Place, l topology.Layer) *evidence.Resource {
	if s := f.Stacks[place.Stack(l)]; s != nil && len(s.Of("aws_kms_key")) == 1 {
		return s.Of("aws_kms_key")[0]
	}
	return nil
}

// keyARN is the ARN of a place's storage key, "" if there is none.
func (f *findings) keyARN(place topology.Place) string {
	if key := f.keyIn(place, topology.StorageLayer); key != nil {
		return key.Computed("arn")
	}
	return ""
}

// ruler is the resource that has the policy of a key: the key itself, or one of its own.
func (f *findings) ruler(key *evidence.Resource) *evidence.Resource {
	for _, name := range []string{"key_id", "arn"} {
		if own := f.Where("aws_kms_key_policy", "key_id", key.Computed(name)); len(own) > 0 {
			return own[0]
		}
	}
	return key
}

// keys checks that keys are their own accounts'.
func (p *prover) keys() {
	for _, key := range p.Of("aws_kms_key") {
		subject{p, hcl.Range{}}.keyed(key)
	}
}

// encrypted checks that something is encrypted with a key, and that the key works.
func (s subject) encrypted(with string, key *evidence.Resource, at Place, what string) {
	if s.holds(key != nil, Encrypted, at, "The stack that should hold the key of %s has not exactly one.", what) {
		s.holds(with == key.Computed("arn"), Encrypted, at, "%s is not encrypted with %s.", what, key.Address())
		s.holds(key.Text("is_enabled") != "false", Encrypted, key.At("is_enabled"), "The key of %s is switched off.", what)
	}
}

// tidied checks that images go as the spec says: those without a tag after a week, and all but the newest.
func (s subject) tidied(i *topology.Image, r *evidence.Resource) {
	found := slices.DeleteFunc(slices.Clone(s.Where("aws_ecr_lifecycle_policy", "repository", r.Text("name"))), func(p *evidence.Resource) bool { return p.Stack != r.Stack })
	if !s.holds(len(found) == 1, Tidied, r.At("name"), "image.%s has %d lifecycle policies, in place of one.", i.Name, len(found)) {
		return
	}
	rule := func(priority int, description, selection string) string {
		return fmt.Sprintf(`{"rulePriority":%d,"description":%q,"selection":{%s},"action":{"type":"expire"}}`, priority, description, selection)
	}
	want := `{"rules":[` + rule(1, "Untagged images go after a week", `"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":7`) + "," +
		rule(2, "The newest images stay", fmt.Sprintf(`"tagStatus":"any","countType":"imageCountMoreThan","countNumber":%d`, i.Keep)) + "]}"
	var is, should any
	err := json.Unmarshal([]byte(found[0].Text("policy")), &is)
	s.holds(err == nil && json.Unmarshal([]byte(want), &should) == nil && reflect.DeepEqual(is, should), Tidied, found[0].At("policy"),
		"Images of image.%s go otherwise than they should: those without a tag after 7 days, and all but the newest %d.", i.Name, i.Keep)
}

// keepsLog checks that the project writes the log that its role may write, encrypted with the key of its place.
func (w *worker) keepsLog() {
	name := ""
	if b := w.project.Nested("logs_config"); b != nil {
		if b = b.Nested("cloudwatch_logs"); b != nil {
			name = b.Text("group_name")
		}
	}
	at := w.project.At("logs_config")
	w.holds(name == w.LogGroup(), Present, at, "The project writes its log into %q, and not into %s.", evidence.Shown(name), w.LogGroup())
	group := w.Known("aws_cloudwatch_log_group", "arn", w.LogGroupARN())
	if w.holds(group != nil, Present, at, "There is no log group %s for runner.%s.", w.LogGroup(), w.Name) {
		days := group.Text("retention_in_days")
		w.holds(days == logDays, Present, group.At("retention_in_days"), "The log of runner.%s stays %q days, and not %s.", w.Name, days, logDays)
	}
	if group != nil && w.topology.Encrypted {
		key := w.keyIn(w.Network.Place, topology.StorageLayer)
		w.encrypted(w.project.Text("encryption_key"), key, w.project.At("encryption_key"), "What builds of runner."+w.Name+" leave behind")
		w.encryptedLog(group, key)
	}
}

// encryptedLog checks that the group is encrypted with the key. That CloudWatch Logs may use it for this group, see lock.
func (s subject) encryptedLog(group, key *evidence.Resource) {
	s.plain(group)
	s.encrypted(group.Text("kms_key_id"), key, group.At("kms_key_id"), "The log group "+group.Text("name"))
}
