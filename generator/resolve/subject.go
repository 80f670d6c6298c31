package resolve

import (
	"net/url"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/topology"
)

// Things of other people, in subjects that nobody may come in with.
const (
	aStep        = "{5e9b1a3c-0000-4000-8000-000000000001}"
	anotherUUID  = "{0dd0b0d1-0000-4000-8000-000000000002}"
	anotherName  = "somebody-else"
	anotherID    = "4294967291"
	aCommit      = "3b18e512dba79e4c8300dd08aeb37f8e728b8dad"
	alike        = "-2" // at the end of a name: one that begins like it
	somebodysJob = "/job/" + anotherName + "/"
)

// sampled is a text that a pattern matches.
func sampled(pattern string) string {
	if pattern == "*" {
		return "main"
	}
	return strings.NewReplacer("*", "x", "?", "x").Replace(pattern)
}

// like tells whether a text is like a pattern, as IAM's StringLike has it: * is any text and ? any one character.
func like(pattern, text string) bool {
	star, retry := -1, 0
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, retry = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p, t = p+1, t+1
		case star >= 0:
			retry++
			p, t = star+1, retry
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// withoutAdmitted leaves out of each subject's others those that a subject of the same role admits.
func withoutAdmitted(subjects []topology.Subject) {
	for i, s := range subjects {
		subjects[i].Others = slices.DeleteFunc(s.Others, func(o topology.Another) bool {
			return slices.ContainsFunc(subjects, func(s topology.Subject) bool { return like(s.Pattern, o.Subject) })
		})
	}
}

// bitbucketSubjects are {REPOSITORY}:{STEP}, and {REPOSITORY}:{ENVIRONMENT}:{STEP} of a deployment.
func bitbucketSubjects(c *claims) []topology.Subject {
	var out []topology.Subject
	for _, repo := range c.values["repositories"] {
		if len(c.values["environments"]) == 0 {
			out = append(out, topology.Subject{Pattern: repo + ":*", Example: repo + ":" + aStep, Others: []topology.Another{
				{What: "another repository", Subject: anotherUUID + ":" + aStep},
				{What: "a deployment of another repository", Subject: anotherUUID + ":" + repo + ":" + aStep},
			}})
		}
		for _, env := range c.values["environments"] {
			out = append(out, topology.Subject{Pattern: repo + ":" + env + ":*", Example: repo + ":" + env + ":" + aStep, Others: []topology.Another{
				{What: "another repository", Subject: anotherUUID + ":" + env + ":" + aStep},
				{What: "another environment", Subject: repo + ":" + anotherUUID + ":" + aStep},
				{What: "a step that deploys nothing", Subject: repo + ":" + aStep},
			}})
		}
	}
	return out
}

// A tail is the end of a subject: what of a repository runs.
type tail struct {
	pattern, example string
	others           []topology.Another
}

// with are the subjects of a head, which stands before each tail, and of the heads of others.
func with(head string, tails []tail, others []topology.Another) []topology.Subject {
	var out []topology.Subject
	for _, t := range tails {
		s := topology.Subject{Pattern: head + t.pattern, Example: head + t.example}
		for _, o := range others {
			s.Others = append(s.Others, topology.Another{What: o.What, Subject: o.Subject + t.example})
		}
		for _, o := range t.others {
			s.Others = append(s.Others, topology.Another{What: o.What, Subject: head + o.Subject})
		}
		out = append(out, s)
	}
	return out
}

// refs are the tails of branches or tags, whose subjects have the name between two texts.
func refs(names []string, what, before, after string) []tail {
	var out []tail
	for _, name := range names {
		example := sampled(name)
		out = append(out, tail{before + name + after, before + example + strings.ReplaceAll(after, "*", "commit:"+aCommit+":step:deploy"), nil})
		t := &out[len(out)-1]
		for _, o := range []topology.Another{{What: "another " + what, Subject: anotherName}, {What: "a " + what + " whose name begins alike", Subject: example + alike}} {
			t.others = append(t.others, topology.Another{What: o.What, Subject: strings.Replace(t.example, before+example, before+o.Subject, 1)})
		}
	}
	return out
}

// githubSubjects are repo:OWNER/NAME:environment:NAME, and repo:OWNER/NAME:ref:REF of a job without an environment.
func githubSubjects(c *claims) []topology.Subject {
	var tails []tail
	for _, env := range c.values["environments"] {
		name := "environment:" + strings.ReplaceAll(env, ":", "%3A")
		tails = append(tails, tail{name, name, []topology.Another{
			{What: "another environment", Subject: "environment:" + anotherName}, {What: "an environment whose name begins alike", Subject: name + alike},
			{What: "a branch without the environment", Subject: "ref:refs/heads/main"},
		}})
	}
	branches, tags := refs(c.values["branches"], "branch", "ref:refs/heads/", ""), refs(c.values["tags"], "tag", "ref:refs/tags/", "")
	for i, t := range branches {
		branches[i].others = append(t.others, topology.Another{What: "a tag of the branch's name", Subject: strings.Replace(t.example, "heads", "tags", 1)})
	}
	for i, t := range tags {
		tags[i].others = append(t.others, topology.Another{What: "a branch of the tag's name", Subject: strings.Replace(t.example, "tags", "heads", 1)})
	}
	tails = slices.Concat(tails, branches, tags)
	for i := range tails {
		tails[i].others = append(tails[i].others, topology.Another{What: "a pull request", Subject: "pull_request"})
	}
	var out []topology.Subject
	for _, repo := range c.values["repositories"] {
		out = append(out, with("repo:"+repo+":", tails, githubOthers(repo))...)
	}
	return out
}

// githubOthers are the beginnings of other repositories' subjects.
func githubOthers(repo string) []topology.Another {
	owner, name, _ := strings.Cut(repo, "/")
	ownerName, ownerID, immutable := strings.Cut(owner, "@")
	repoName, repoID, _ := strings.Cut(name, "@")
	if immutable {
		return []topology.Another{
			{What: "another repository", Subject: "repo:" + owner + "/" + anotherName + "@" + anotherID + ":"},
			{What: "another repository of the same name", Subject: "repo:" + owner + "/" + repoName + "@" + anotherID + ":"},
			{What: "another owner of the same name", Subject: "repo:" + ownerName + "@" + anotherID + "/" + name + ":"},
			{What: "a repository whose ID begins alike", Subject: "repo:" + owner + "/" + name + "0:"},
			{What: "an owner whose ID ends alike", Subject: "repo:" + ownerName + "@9" + ownerID + "/" + repoName + "@" + repoID + ":"},
			{What: "the repository by name alone", Subject: "repo:" + ownerName + "/" + repoName + ":"},
		}
	}
	return []topology.Another{
		{What: "another repository", Subject: "repo:" + owner + "/" + anotherName + ":"},
		{What: "a repository whose name begins alike", Subject: "repo:" + owner + "/" + name + alike + ":"},
		{What: "the repository of another owner", Subject: "repo:" + anotherName + "/" + name + ":"},
		{What: "an owner whose name begins alike", Subject: "repo:" + owner + alike + "/" + name + ":"},
		{What: "a repository of the same names with IDs", Subject: "repo:" + owner + "@" + anotherID + "/" + name + "@" + anotherID + ":"},
	}
}

// gitlabSubjects are project_path:PATH:ref_type:TYPE:ref:NAME.
func gitlabSubjects(c *claims) []topology.Subject {
	branches := refs(c.values["branches"], "branch", "ref_type:branch:ref:", "")
	tags := refs(c.values["tags"], "tag", "ref_type:tag:ref:", "")
	for i, t := range branches {
		branches[i].others = append(t.others, topology.Another{What: "a tag of the branch's name", Subject: strings.Replace(t.example, "branch", "tag", 1)})
	}
	for i, t := range tags {
		tags[i].others = append(t.others, topology.Another{What: "a branch of the tag's name", Subject: strings.Replace(t.example, "tag", "branch", 1)})
	}
	tails := append(branches, tags...)
	var out []topology.Subject
	for _, path := range c.values["projects"] {
		slash := strings.LastIndex(path, "/")
		group, name := path[:slash], path[slash:]
		project := func(path string) string { return "project_path:" + path + ":" }
		out = append(out, with(project(path), tails, []topology.Another{
			{What: "another project", Subject: project(group + "/" + anotherName)},
			{What: "a project whose name begins alike", Subject: project(path + alike)},
			{What: "the project of another group", Subject: project(anotherName + name)},
			{What: "a group whose name begins alike", Subject: project(group + alike + name)},
			{What: "a project in a group of the project's name", Subject: project(path + "/" + anotherName)},
		})...)
	}
	return out
}

// buildkiteSubjects are organization:SLUG:pipeline:SLUG:ref:REF:commit:SHA:step:KEY.
func buildkiteSubjects(c *claims) []topology.Subject {
	tails := append(refs(c.values["branches"], "branch", "ref:refs/heads/", ":*"), refs(c.values["tags"], "tag", "ref:refs/tags/", ":*")...)
	for i, t := range tails {
		kind, swapped := "tag", strings.NewReplacer("refs/heads/", "refs/tags/", "refs/tags/", "refs/heads/").Replace(t.example)
		if strings.HasPrefix(swapped, "ref:refs/heads/") {
			kind = "branch"
		}
		tails[i].others = append(t.others, topology.Another{What: "a " + kind + " of the same name", Subject: swapped})
	}
	of := func(organization, pipeline string) string {
		return "organization:" + organization + ":pipeline:" + pipeline + ":"
	}
	var out []topology.Subject
	for _, p := range c.values["pipelines"] {
		o := c.issuer.Organization
		out = append(out, with(of(o, p), tails, []topology.Another{
			{What: "another pipeline", Subject: of(o, anotherName)},
			{What: "a pipeline whose name begins alike", Subject: of(o, p+alike)},
			{What: "the pipeline of another organization", Subject: of(anotherName, p)},
			{What: "an organization whose name begins alike", Subject: of(o+alike, p)},
		})...)
	}
	return out
}

// circleSubjects are org/ID/project/ID/user/ID.
func circleSubjects(c *claims) []topology.Subject {
	plain := strings.Trim(anotherUUID, "{}")
	of := func(organization, project string) string {
		return "org/" + organization + "/project/" + project + "/user/"
	}
	var out []topology.Subject
	for _, p := range c.values["projects"] {
		out = append(out, with(of(c.issuer.Organization, p), []tail{{"*", strings.Trim(aStep, "{}"), nil}}, []topology.Another{
			{What: "another project", Subject: of(c.issuer.Organization, plain)},
			{What: "the project in another organization", Subject: of(plain, p)},
		})...)
	}
	return out
}

// jenkinsSubjects are the addresses of jobs, which end in a slash. A segment is escaped, so that the branch feature/x of
// a multibranch job, whose job Jenkins calls feature%2Fx, is feature%252Fx.
func jenkinsSubjects(c *claims) []topology.Subject {
	at := func(job string) string {
		var b strings.Builder
		for name := range strings.SplitSeq(job, "/") {
			b.WriteString("/job/" + url.PathEscape(name))
		}
		return b.String() + "/"
	}
	var out []topology.Subject
	for _, job := range c.values["jobs"] {
		address := c.issuer.Instance + at(job)
		out = append(out, topology.Subject{Pattern: address, Example: address, Others: []topology.Another{
			{What: "another job", Subject: c.issuer.Instance + somebodysJob},
			{What: "a job whose name begins alike", Subject: c.issuer.Instance + at(job+alike)},
			{What: "a job in a folder of the job's name", Subject: strings.TrimSuffix(address, "/") + somebodysJob},
			{What: "a job of the name in another folder", Subject: c.issuer.Instance + at(anotherName+"/"+job)},
			{What: "the job of another controller", Subject: "https://" + anotherName + ".example.com" + at(job)},
		}})
	}
	return append(out, plainSubjects(c)...)
}

// plainSubjects are as the spec has them.
func plainSubjects(c *claims) []topology.Subject {
	var out []topology.Subject
	for _, s := range c.values["subjects"] {
		example := sampled(s)
		out = append(out, topology.Subject{Pattern: s, Example: example, Others: []topology.Another{
			{What: "another subject", Subject: anotherName},
			{What: "a subject that begins alike", Subject: example + alike},
			{What: "a subject that ends alike", Subject: anotherName + example},
		}})
	}
	return out
}
