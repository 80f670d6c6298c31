package proof

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
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

// image checks that an image's repository is there, and encrypted with its stack's key.
func (p *prover) image(i *topology.Image) {
	s, r := subject{p, hcl.Range{}}, p.Known("aws_ecr_repository", "arn", i.ARN())
	if s.holds(r != nil, Present, Place{File: i.Stack(topology.StorageLayer)}, "There is no ECR repository %s for image.%s.", i.Repo, i.Name) {
		s.registry(i, r)
	}
}

// repository checks that a repository is there, and encrypted with its stack's key.
func (p *prover) repository(repo *topology.Repository) {
	s, r := subject{p, hcl.Range{}}, p.Known("aws_codecommit_repository", "arn", repo.ARN())
	if s.holds(r != nil, Present, Place{File: repo.Stack(topology.StorageLayer)}, "There is no CodeCommit repository %s for repository.%s.", repo.Repo, repo.Name) && p.topology.Encrypted {
		s.encrypted(r.Text("kms_key_id"), p.keyIn(repo.Place, topology.StorageLayer), r.At("kms_key_id"), "repository."+repo.Name)
	}
}

// encrypted checks that something is encrypted with a key, and that the key works.
func (s subject) encrypted(with string, key *evidence.Resource, at Place, what string) {
	if s.holds(key != nil, Encrypted, at, "The stack that should hold the key of %s has not exactly one.", what) {
		s.holds(with == key.Computed("arn"), Encrypted, at, "%s is not encrypted with %s.", what, key.Address())
		s.holds(key.Text("is_enabled") != "false", Encrypted, key.At("is_enabled"), "The key of %s is switched off.", what)
	}
}

// registry checks the encryption of an image's repository, and that its policy admits nobody who is not asked in.
func (s subject) registry(i *topology.Image, r *evidence.Resource) {
	kind, want := r.Setting("encryption_configuration", "encryption_type"), cond(s.topology.Encrypted, "KMS", "AES256")
	s.holds(kind == want, Encrypted, r.At("encryption_configuration"), "image.%s is encrypted by %q, and not by %q.", i.Name, kind, want)
	s.tidied(i, r)
	if s.topology.Encrypted {
		with := r.Setting("encryption_configuration", "kms_key")
		s.encrypted(with, s.keyIn(i.Place, topology.StorageLayer), r.At("encryption_configuration"), "image."+i.Name)
	}
	var admits []*policy.Policy
	for _, p := range s.policiesOf(r) {
		if admit := s.policyOf(policy.Resource, p, "policy"); admit != nil {
			admits = append(admits, admit)
		}
	}
	s.admitted(i, r, admits)
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

// admitted checks that an image's repository admits those of other accounts who are asked in, for what they do, and nobody else.
func (s subject) admitted(i *topology.Image, r *evidence.Resource, admits []*policy.Policy) {
	q := question{decide: admits, on: policy.Literals(i.ARN()), where: r.At("name"), at: func(policy.Hit) Place { return r.At("name") }}
	if all := s.policiesOf(r); len(all) > 0 {
		q.where, q.at = all[0].At("policy"), func(h policy.Hit) Place { return all[0].Statement("policy", h.Index) }
	}
	asks := func(what string, who policy.Principal, actions []string) {
		q.wants = append(q.wants, want{what: what, Statement: policy.Statement{
			Effect: policy.Allow, Principal: who, Actions: actions, Resources: policy.Literals("*"),
		}})
	}
	for _, a := range i.Readers {
		asks("account."+a.Name+" reads image."+i.Name, policy.Accounts(a.Root()), topology.PullActions)
	}
	for _, runner := range i.Pullers {
		asks("runner."+runner.Name+" pulls image."+i.Name, signing(runner.RoleARN()), topology.PullActions)
	}
	for _, runner := range i.Pushers {
		asks("runner."+runner.Name+" pushes image."+i.Name, signing(runner.RoleARN()), topology.PushActions)
	}
	by := s.grounds(q)
	let := s.decided(q, Permitted, func(r *ruling) {
		r.namesNobodyElse(Closed)
		callers := r.universe.Of(r.wanted).Possible().Callers()
		r.nothingMore(Limited, callers, "image."+i.Name+": ")
		r.nothingMore(Closed, callers.Not(), "image."+i.Name+": ")
	})
	for n, a := range i.Readers {
		if let[n] {
			s.open("whoever in account."+a.Name+" may pull", "image.%s", i.Name).of(i.Address(), by(n))
		}
	}
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
