package replications

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/page"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// placePage is for those who publish, and for those who look for what did not arrive.
func placePage(p topology.Place, of []replication) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Replications of account.%s in %s\n\nWhat S3 copies from here, what it does not copy, and how to publish.\n", p.Account.Name, p.Region)
	for _, r := range of {
		r.describe(&b)
		r.limits(&b)
		r.existing(&b)
		r.owners(&b)
		r.publishing(&b)
	}
	return b.String()
}

func (r replication) describe(b *strings.Builder) {
	fmt.Fprintf(b, "\n## replication.%s\n\nS3 copies what is written into %s%s, as the role %s.\n", r.Name, page.Code(r.Source.Bucket), r.filtered(), page.Code(r.Role))
	b.WriteString("\n| destination | region | owner | storage class | key |\n|---|---|---|---|---|\n")
	for _, d := range r.Destinations {
		fmt.Fprintf(b, "| %s | %s | account.%s, %s | %s | %s |\n", page.Code(d.Bucket.Bucket), d.Region, d.Account.Name, d.Account.ID, class(d), key(d.Bucket))
	}
	b.WriteString("\nA copy has the name, the content, the metadata and the tags of the object. ")
	if r.TimeControl {
		b.WriteString("Nearly all are there within 15 minutes, and CloudWatch has the figures (`time_control`)")
		if r.DeleteMarkers {
			b.WriteString("; delete markers may take longer")
		}
		b.WriteString(".")
	} else {
		b.WriteString("Most are there within minutes; S3 promises no time without `time_control`.")
	}
	fmt.Fprintf(b, " Whether one has arrived everywhere, the source says: `PENDING`, `COMPLETED` or `FAILED`.\n\n%s",
		page.Fenced("sh", "aws s3api head-object --region "+r.Source.Region+" --bucket "+page.Shell(r.Source.Bucket)+" --key KEY --query ReplicationStatus"))
}

// filtered says which objects the rules are about, in words.
func (r replication) filtered() string {
	var parts []string
	if r.Prefix != "" {
		parts = append(parts, "under "+page.Code(r.Prefix))
	}
	if len(r.ObjectTags) > 0 {
		parts = append(parts, "with the tags "+page.Code(r.tags(func(s string) string { return s }, ", ")))
	}
	if len(parts) == 0 {
		return ""
	}
	return " " + strings.Join(parts, " and ")
}

// tags are the tags that objects need, joined.
func (r replication) tags(escape func(string) string, separator string) string {
	out := make([]string, len(r.ObjectTags))
	for i, t := range r.ObjectTags {
		out[i] = escape(t.Key) + "=" + escape(t.Value)
	}
	return strings.Join(out, separator)
}

func class(d *topology.Destination) string {
	if d.StorageClass == "" {
		return "the object's own"
	}
	return d.StorageClass
}

func key(b *topology.Bucket) string {
	switch {
	case b.KMSKey != "":
		return page.Code(b.KMSKey)
	case b.Encrypted:
		return "that of " + b.Stack(topology.StorageLayer)
	}
	return "S3's own"
}

// limits are what replication does not do. Source: Amazon S3 User Guide, "What does Amazon S3 replicate?".
func (r replication) limits(b *strings.Builder) {
	b.WriteString("\n### What it does not do\n\n" +
		"- **What was there before** the rule is not copied. The next section has the command that does it.\n" +
		"- **Deleting a version** deletes it in the source alone. No rule carries that on, so that nobody can empty both sides at once.\n")
	switch {
	case r.DeleteMarkers:
		b.WriteString("- **Deleting an object**, without naming a version, travels: the delete marker is copied (`delete_markers`). Those of lifecycle rules are not.\n")
	case len(r.ObjectTags) > 0:
		b.WriteString("- **Deleting an object**, without naming a version, leaves the copies visible: a delete marker has no tags, so S3 copies none of them.\n")
	default:
		b.WriteString("- **Deleting an object**, without naming a version, leaves the copies visible: delete markers are not copied. `delete_markers = true` in the spec copies them.\n")
	}
	if len(r.ObjectTags) > 0 {
		b.WriteString("- **Tags that come later** do not count: an object is copied if it has them when it is written.\n")
	}
	if r.Source.HasKey() {
		b.WriteString("- **Another KMS key**: what is written with a key of the publisher's choice stays behind, as the role may use the bucket's key alone.\n")
	}
	b.WriteString("- **Lifecycle** is each bucket's own: what one side lets expire stays on the other.\n" +
		"- **Replicas** go no further: what another rule copied into the source stays there.\n" +
		"- **What failed** is not tried again: its status stays `FAILED`. The command below copies it, too.\n")
}

// existing is how to copy what was there before the rule. Source: Amazon S3 User Guide, "Replicating existing objects with
// Batch Replication", and AWS CLI Command Reference, s3control create-job.
func (r replication) existing(b *strings.Builder) {
	b.WriteString("\n### Objects that were there before\n\nS3 Batch Replication copies them, by the same rules: a job for all that was never copied, or failed.\n")
	if !r.ExistingObjects {
		fmt.Fprintf(b, "The role is not made for that yet. Write `existing_objects = true` in replication.%s, generate, and apply this stack; then:\n", r.Name)
	} else {
		b.WriteString("The role is made for that (`existing_objects`). It costs by the job and by the object.\n")
	}
	generator := fmt.Sprintf(`{"S3JobManifestGenerator":{"ExpectedBucketOwner":%s,"SourceBucket":%s,"EnableManifestOutput":false,"Filter":{"EligibleForReplication":true,"ObjectReplicationStatuses":["NONE","FAILED"]}}}`,
		page.JSON(r.Source.Account.ID), page.JSON(r.Source.ARN()))
	command := []string{
		"aws s3control create-job --region " + r.Source.Region + " --account-id " + r.Source.Account.ID,
		"--operation '{\"S3ReplicateObject\":{}}'",
		"--manifest-generator " + page.Shell(generator),
		"--report '{\"Enabled\":false}'",
		"--role-arn " + page.Shell(r.RoleARN()),
		"--priority 1 --no-confirmation-required",
	}
	fmt.Fprintf(b, "\n%s\nWho runs it needs `s3:CreateJob`, and `iam:PassRole` on the role. There is no report, for which S3 would need a bucket to write into: the\njob counts what failed, and each object says so. `aws s3control describe-job` tells how far it is.\n",
		page.Fenced("sh", strings.Join(command, " \\\n  ")))
}

// owners says what somebody has to do to buckets that exist already.
func (r replication) owners(b *strings.Builder) {
	for _, d := range r.Destinations {
		if !d.Existing {
			continue
		}
		fmt.Fprintf(b, "\n### What the owner of %s does\n\nThe bucket exists already, and a policy made here would replace its owner's. Its owner gives it versioning, and adds to its policy:\n\n%s",
			d.Bucket.Bucket, documentText(r.Admission(d)...))
		keyAdmissions(b, d.Bucket, user{r.RoleARN(), topology.ReplicaKeyActions})
	}
	if r.Source.Existing {
		r.sourceOwner(b)
	}
}

// sourceOwner says what the owner of an existing source does for S3, and for those who publish.
// Source for whose objects are copied: Amazon S3 User Guide, "Requirements and considerations for replication".
func (r replication) sourceOwner(b *strings.Builder) {
	fmt.Fprintf(b, "\n### What the owner of %s does\n\nThe source exists already, and a policy made here would replace its owner's. Its owner keeps versioning on, and denies the role\n%s nothing that it reads. A bucket has one list of rules: those of this stack replace others.\n",
		r.Source.Bucket, page.Code(r.Role))
	users := []user{{r.RoleARN(), []string{"kms:Decrypt"}}}
	var foreign []policy.Statement
	done := map[string]bool{}
	for _, g := range r.Source.Writers {
		if done[g.ARN] {
			continue
		}
		done[g.ARN] = true
		users = append(users, user{g.ARN, topology.PublishKeyActions})
		if topology.AccountOf(g.ARN) != r.Source.Account.ID {
			foreign = append(foreign, r.Source.PublisherAdmission(g.ARN)...)
		}
	}
	if len(foreign) > 0 {
		fmt.Fprintf(b, "\nPublishers are of other accounts. The owner sets object ownership to `BucketOwnerEnforced`, without which what they write is theirs and S3\ncopies none of it, and adds to the policy:\n\n%s", documentText(foreign...))
	}
	keyAdmissions(b, r.Source, users...)
	if len(users) > 1 {
		b.WriteString("\nFrom where publishers write, nothing here tests. That would be a Deny in the owner's policy.\n")
	}
}

// A user is who uses a key, and for what.
type user struct {
	arn     string
	actions []string
}

// keyAdmissions are what the policy of the key of an existing bucket has to allow those who are not of the key's account.
func keyAdmissions(b *strings.Builder, of *topology.Bucket, users ...user) {
	var statements []policy.Statement
	for _, u := range users {
		if of.KMSKey != "" && topology.AccountOf(u.arn) != topology.AccountOf(of.KMSKey) {
			statements = append(statements, of.KeyAdmission(u.arn, u.actions))
		}
	}
	if len(statements) > 0 {
		fmt.Fprintf(b, "\nThe policy of the key %s needs, too:\n\n%s", page.Code(of.KMSKey), documentText(statements...))
	}
}

// documentText is a policy as people paste it.
func documentText(statements ...policy.Statement) string {
	var b bytes.Buffer
	d := policy.Document{Statements: statements}
	if err := json.Indent(&b, []byte(d.JSON()), "", "  "); err != nil {
		panic(err) // it is JSON
	}
	return page.Fenced("json", b.String())
}

// publishing says who publishes, and what to write for that.
func (r replication) publishing(b *strings.Builder) {
	b.WriteString("\n### Publishing\n\n")
	if len(r.Source.Writers) == 0 {
		if r.Source.Existing {
			b.WriteString("The owner of the bucket says who writes into it.\n")
		} else {
			fmt.Fprintf(b, "Nobody may write into the bucket yet. Write `publish = [replication.%s]` for a runner or a role.\n", r.Name)
		}
		return
	}
	heading := "| who | as | from |\n"
	if r.Source.Existing {
		heading = "| who | as | from, by the spec |\n"
	}
	b.WriteString(heading + "|---|---|---|\n")
	for _, g := range r.Source.Writers {
		fmt.Fprintf(b, "| %s | %s | %s |\n", who(g), page.Code(g.ARN), strings.Join(from(g), " or "))
	}
	b.WriteString("\n")
	for _, line := range r.advice() {
		b.WriteString(line + "\n")
	}
	fmt.Fprintf(b, "\n%s", page.Fenced("sh", r.upload()))
	r.snippets(b)
}

// advice is what publishers have to know, a line each.
func (r replication) advice() (lines []string) {
	add := func(given bool, line string) {
		if given {
			lines = append(lines, line)
		}
	}
	tagged := len(r.ObjectTags) > 0
	add(!r.Source.Existing, "Nobody else writes here, and these from nowhere else.")
	add(!r.Source.Existing && slices.ContainsFunc(r.Source.Writers, showsAddress), "An address counts on the internet alone: a machine in a VPC that has an endpoint for S3 shows S3 none, and gets a 403.")
	add(!tagged && r.DeleteMarkers, "They put objects and delete them (`aws s3 rm`), but no versions, and may do nothing more: hence `cp`, and no `sync`, which lists what is there.")
	add(!tagged && !r.DeleteMarkers, "They put objects, and may do nothing more: hence `cp`, and no `sync`, which lists what is there.")
	add(tagged, "Tags count that come with the object, and `put-object` writes them, where `cp` does not. It guesses no type: add `--content-type` where that matters.")
	add(!r.Source.Existing, "The bucket has no ACLs: leave `--acl` away, which asks for `s3:PutObjectAcl`.")
	for _, d := range r.distributions() {
		add(true, "distribution."+d.Name+" answers for up to a day with what it has. Add `--cache-control max-age=60` for what changes under the same name, such as "+page.Code(d.Index)+".")
	}
	return lines
}

// showsAddress tells whether a grant lets somebody in by a public address.
func showsAddress(g *topology.Grant) bool {
	return slices.ContainsFunc(g.From, func(d *topology.Door) bool { return len(d.Addresses) > 0 && d.Endpoint == nil })
}

// distributions are those in front of the buckets of both sides.
func (r replication) distributions() (out []*topology.Distribution) {
	buckets := []*topology.Bucket{r.Source}
	for _, d := range r.Destinations {
		buckets = append(buckets, d.Bucket)
	}
	for _, b := range buckets {
		if b.Distribution != nil {
			out = append(out, b.Distribution)
		}
	}
	return out
}

func who(g *topology.Grant) string {
	if g.Role != nil {
		return "runner." + g.Runner.Name + ", with a session of role." + g.Role.Name
	}
	return "runner." + g.Runner.Name
}

// from is where a grant's requests come from, in words.
func from(g *topology.Grant) []string {
	var out []string
	for _, d := range g.From {
		if d.Endpoint != nil {
			out = append(out, "the S3 endpoint of network."+d.Endpoint.Name)
			continue
		}
		for _, a := range d.Addresses {
			out = append(out, page.Code(a.String()))
		}
		for _, n := range d.NATs {
			out = append(out, "the NAT gateways of network."+n.Name)
		}
	}
	return out
}

// upload is the command that publishes a folder, and fails if a file does. Of the AWS CLI's commands, put-object alone writes
// tags with the object.
func (r replication) upload() string {
	region := " --region " + r.Source.Region
	if len(r.ObjectTags) == 0 {
		return "aws s3 cp dist/ " + page.Shell("s3://"+r.Source.Bucket+"/"+r.Prefix) + " --recursive --only-show-errors" + region
	}
	return "cd dist && find * -type f -print0 | xargs -0 -I{} aws s3api put-object" + region + " --bucket " + page.Shell(r.Source.Bucket) +
		" --key " + page.Shell(r.Prefix+"{}") + " --body {} --tagging " + page.Shell(r.tags(url.QueryEscape, "&"))
}

// snippets are the upload as files of CI systems have it, and what each publisher needs before.
func (r replication) snippets(b *strings.Builder) {
	done := map[string]bool{}
	jenkins := false
	for _, g := range r.Source.Writers {
		caller := page.Code(g.ARN)
		switch {
		case done[g.ARN]:
		case g.Role != nil:
			jenkins = jenkins || g.Runner.Issuer == nil || g.Runner.Issuer.Form == "jenkins"
			identity := g.Role.Account.Global().Stack(topology.IdentityLayer)
			fmt.Fprintf(b, "\nThe pipeline assumes role.%s first, as [its page](../../../%s/README.md) says.\n", g.Role.Name, identity)
		case g.Runner.Build != nil:
			fmt.Fprintf(b, "\nIn `buildspec.yml` of runner.%s, whose role may do it, after what makes `dist` (CodeBuild goes on to `post_build` when a build has failed):\n\n%s", g.Runner.Name,
				page.Fenced("yaml", "version: 0.2\nphases:\n  build:\n    commands:\n      - "+page.YAML(r.upload())))
		default:
			jenkins = true
			fmt.Fprintf(b, "\nThe policies of %s, which are not made here, have to allow this%s:\n\n%s", caller, r.keyNote(), documentText(r.asked()...))
		}
		done[g.ARN] = true
	}
	if jenkins {
		fmt.Fprintf(b, "\nIn a `Jenkinsfile`, on an agent that is signed in:\n\n%s", page.Fenced("groovy", strings.Join([]string{
			"pipeline {",
			"  agent { label 'publish' } // a label of the runner",
			"  stages {",
			"    stage('publish') {",
			"      steps {",
			"        sh " + page.Groovy(r.upload()),
			"      }",
			"    }",
			"  }",
			"}",
		}, "\n")))
	}
}

// asked is what a publisher's own policies have to allow.
func (r replication) asked() []policy.Statement {
	var out []policy.Statement
	for _, p := range r.Source.Publishing() {
		out = append(out, policy.Statement{Effect: policy.Allow, Actions: p.Actions, Resources: policy.Literals(p.Resources...)})
	}
	if r.Source.HasKey() {
		key := r.Source.KMSKey
		if key == "" {
			key = r.Source.Place.ARN("kms", "key/KEY")
		}
		out = append(out, policy.Statement{
			Effect: policy.Allow, Actions: topology.PublishKeyActions, Resources: policy.Literals(key), Conditions: r.Source.KeyConditions(),
		})
	}
	return slices.Clip(out)
}

// keyNote says where to find a key's ARN that is known after apply alone.
func (r replication) keyNote() string {
	if !r.Source.Encrypted {
		return ""
	}
	return ", with the key that `terraform -chdir=" + r.Source.Stack(topology.StorageLayer) + " output -raw key_arn` prints"
}
