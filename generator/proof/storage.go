package proof

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// keyIn is the one key of a stack, nil if there is none or several.
func (p *prover) keyIn(place topology.Place, l topology.Layer) *evidence.Resource {
	if s := p.Stacks[place.Stack(l)]; s != nil && len(s.Of("aws_kms_key")) == 1 {
		return s.Of("aws_kms_key")[0]
	}
	return nil
}

// keyARN is the ARN of a place's storage key, "" if there is none.
func (p *prover) keyARN(place topology.Place) string {
	if key := p.keyIn(place, topology.StorageLayer); key != nil {
		return key.Computed("arn")
	}
	return ""
}

func (s subject) keyPolicy(place topology.Place) *policy.Policy {
	if key := s.keyIn(place, topology.StorageLayer); key != nil {
		return s.policyOf(policy.Key, s.ruler(key), "policy")
	}
	return nil
}

// ruler is the resource that has the policy of a key: the key itself, or one of its own.
func (p *prover) ruler(key *evidence.Resource) *evidence.Resource {
	for _, name := range []string{"key_id", "arn"} {
		if own := p.Where("aws_kms_key_policy", "key_id", key.Computed(name)); len(own) > 0 {
			return own[0]
		}
	}
	return key
}

// storage checks that repositories and images are there, and encrypted with their stack's key.
func (p *prover) storage() {
	for _, key := range p.Of("aws_kms_key") {
		subject{p, hcl.Range{}}.keyed(key)
	}
	for _, i := range p.topology.Images {
		s := subject{p, hcl.Range{}}
		r := p.Known("aws_ecr_repository", "arn", i.ARN())
		if s.holds(r != nil, Present, Place{File: i.Stack(topology.StorageLayer)}, "There is no ECR repository %s for image.%s.", i.Repo, i.Name) {
			s.image(i, r)
		}
	}
	for _, repo := range p.topology.Repositories {
		s := subject{p, hcl.Range{}}
		r := p.Known("aws_codecommit_repository", "arn", repo.ARN())
		if s.holds(r != nil, Present, Place{File: repo.Stack(topology.StorageLayer)}, "There is no CodeCommit repository %s for repository.%s.", repo.Repo, repo.Name) && p.topology.Encrypted {
			s.encrypted(r.Text("kms_key_id"), p.keyIn(repo.Place, topology.StorageLayer), r.At("kms_key_id"), "repository."+repo.Name)
		}
	}
}

// encrypted checks that something is encrypted with a key, and that the key works.
func (s subject) encrypted(with string, key *evidence.Resource, at Place, what string) {
	if s.holds(key != nil, Encrypted, at, "The stack that should hold the key of %s has not exactly one.", what) {
		s.holds(with == key.Computed("arn"), Encrypted, at, "%s is not encrypted with %s.", what, key.Address())
		s.holds(key.Text("is_enabled") != "false", Encrypted, key.At("is_enabled"), "The key of %s is switched off.", what)
	}
}

// image checks the encryption of an image's repository, and that its policy admits nobody who is not asked in.
func (s subject) image(i *topology.Image, r *evidence.Resource) {
	if s.topology.Encrypted {
		with := ""
		if b := r.Nested("encryption_configuration"); b != nil {
			with = b.Text("kms_key")
		}
		s.encrypted(with, s.keyIn(i.Place, topology.StorageLayer), r.At("encryption_configuration"), "image."+i.Name)
	}
	s.readers(i, r)
	for _, p := range s.policiesOf(r) {
		admits := s.policyOf(policy.Resource, p, "policy")
		if admits == nil {
			continue
		}
		s.admitted(i, p, admits)
		asked := map[string]bool{}
		for _, action := range append(append([]string{}, topology.PullActions...), topology.PushActions...) {
			asked[action] = true
		}
		for n, statement := range admits.Document.Statements {
			for _, action := range append(statement.Actions, statement.NotActions...) {
				s.holds(statement.Effect == policy.Deny || asked[action], Limited, p.At("policy"), "%s allows %s, and no work asks for that.", policy.Hit{Policy: admits, Index: n}, action)
			}
		}
	}
}

// readers checks that the accounts that read an image get it.
func (s subject) readers(i *topology.Image, r *evidence.Resource) {
	var admits []*policy.Policy
	for _, p := range s.policiesOf(r) {
		if admit := s.policyOf(policy.Resource, p, "policy"); admit != nil {
			admits = append(admits, admit)
		}
	}
	for _, a := range i.Readers {
		reader := policy.AsSession(policy.Literal(a.Partition.ARN("iam", "", a.ID, "role/reader")), "s")
		pulls := true
		for _, action := range topology.PullActions {
			d := policy.Evaluate(policy.Request{Caller: reader, Action: action, Resource: policy.Literal(i.ARN())}, append(admits, anyIdentity)...)
			pulls = s.holds(d.Allowed(), Permitted, r.At("name"), "account.%s reads image.%s, and may not %s: %s.", a.Name, i.Name, action, d) && pulls
		}
		if pulls {
			s.open("whoever in account."+a.Name+" may pull", "image.%s", i.Name)
		}
	}
}

// admitted checks who is let in by the policy of an image's repository, with every right of their own.
func (s subject) admitted(i *topology.Image, r *evidence.Resource, admits *policy.Policy) {
	reads := map[string]bool{} // by account, whether anybody there may
	for _, runner := range append(append([]*topology.Runner{}, i.Pullers...), i.Pushers...) {
		reads[runner.Network.Account.ID] = false
	}
	for _, a := range i.Readers {
		reads[a.ID] = true
	}
	partition := i.Account.Partition
	for n, statement := range admits.Document.Statements {
		for _, id := range statement.Principal.IDs {
			_, asked := reads[strings.TrimSuffix(strings.TrimPrefix(id.String(), "arn:"+partition.Name+":iam::"), ":root")]
			s.holds(asked || statement.Effect == policy.Deny, Closed, r.At("policy"), "%s admits %s, whom nobody asks in.", policy.Hit{Policy: admits, Index: n}, id)
		}
	}
	deny := func(who string, c policy.Caller, action string) {
		d := policy.Evaluate(policy.Request{Caller: c, Action: action, Resource: policy.Literal(i.ARN())}, admits, anyIdentity)
		s.holds(!d.Allowed(), Closed, r.At("policy"), "%s may %s on image.%s: %s.", who, action, i.Name, d)
	}
	for id, readers := range reads {
		role := policy.AsSession(policy.Literal(partition.ARN("iam", "", id, "role/stranger")), "s")
		if !readers {
			deny("A role of account "+id+" that is no runner", role, "ecr:BatchGetImage")
		}
		deny("A role of account "+id+" that is no runner", role, "ecr:PutImage")
	}
	for _, action := range []string{"ecr:BatchGetImage", "ecr:PutImage"} {
		deny("Another account", policy.AsSession(policy.Literal(partition.ARN("iam", "", stranger, "role/stranger")), "s"), action)
		deny("Anyone", policy.Caller{}, action)
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
		w.encryptedLog(group, key, w.Network.Place)
	}
}

// encryptedLog checks that CloudWatch Logs may use the key for this group, and for no other.
func (s subject) encryptedLog(group, key *evidence.Resource, place topology.Place) {
	s.plain(group)
	s.encrypted(group.Text("kms_key_id"), key, group.At("kms_key_id"), "The log group "+group.Text("name"))
	if key == nil {
		return
	}
	admits := s.policyOf(policy.Key, s.ruler(key), "policy")
	if !s.holds(admits != nil, Encrypted, key.At("policy"), "The key has no policy that admits CloudWatch Logs.") {
		return
	}
	logs := "logs." + place.Region + "." + place.Account.Partition.DNSSuffix
	ask := func(service, action, group string) policy.Decision {
		r := policy.Request{Caller: policy.AsService(service), Action: action, Resource: evidence.Text(key.Computed("arn"))}
		r.Context = r.Context.With("kms:EncryptionContext:aws:logs:arn", policy.Literal(group))
		return policy.Evaluate(r, admits)
	}
	arn := group.Computed("arn")
	for _, action := range []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"} {
		d := ask(logs, action, arn)
		s.holds(d.Allowed(), Encrypted, key.At("policy"), "CloudWatch Logs encrypts %s, and may not %s: %s.", group.Text("name"), action, d)
	}
	d := ask(logs, "kms:Decrypt", arn+"-2")
	s.holds(!d.Allowed(), Limited, key.At("policy"), "CloudWatch Logs may use the key for another log group: %s.", d)
	d = ask("ec2.amazonaws.com", "kms:Decrypt", arn)
	s.holds(!d.Allowed(), Limited, key.At("policy"), "Another service may use the key: %s.", d)
}
