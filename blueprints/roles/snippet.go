package roles

import (
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/page"
	"github.com/postern-dev/postern/generator/topology"
)

// A snippet is what a pipeline says to assume a role, as a file of its CI system has it.
type snippet struct {
	who, title     string
	note, remark   string // before and after the text
	language, text string
}

// snippets are one for each way in which the role's runners ask.
func (r role) snippets() []snippet {
	var calls []call
	by := map[call][]*topology.Runner{}
	for _, runner := range r.Runners {
		c := r.call(runner)
		if by[c] == nil {
			calls = append(calls, c)
		}
		by[c] = append(by[c], runner)
	}
	out := make([]snippet, len(calls))
	for i, c := range calls {
		out[i] = systems[c.system](r, c)
		out[i].who, out[i].remark = runners(by[c]), r.remark(c)
	}
	return out
}

// A call is how a runner asks for a role.
type call struct {
	system    string // "codebuild", "principal", or an issuer's form
	region    string // whose STS it asks
	sealed    bool   // it reaches no other region
	hosted    bool
	principal string
}

func (r role) call(runner *topology.Runner) call {
	c := call{region: r.region(runner), hosted: runner.Hosted != nil, principal: runner.Principal}
	c.sealed = runner.Network != nil && !runner.Network.NAT
	switch {
	case runner.Build != nil:
		c.system = "codebuild"
	case runner.Issuer != nil:
		c.system = runner.Issuer.Form
	default:
		c.system = "principal"
	}
	return c
}

// region is where the runner asks STS: an endpoint leads to the STS of its own region alone.
func (r role) region(runner *topology.Runner) string {
	for _, d := range r.Doors {
		if d.Endpoint != nil && d.Endpoint == runner.Network && slices.Contains(d.Runners, runner) {
			return d.Endpoint.Region
		}
	}
	return r.Account.Region
}

// remark is for a role whose account is at home in another region than the endpoint.
func (r role) remark(c call) string {
	switch {
	case c.region == r.Account.Region:
		return ""
	case c.sealed:
		return "The network has no way out, and an endpoint leads to its own region: it reaches AWS in " + c.region + " alone."
	}
	return "STS is asked in " + c.region + ", because an endpoint leads to its own region. Where the work is elsewhere, name it: `--region " + r.Account.Region + "`."
}

var systems = map[string]func(role, call) snippet{
	"bitbucket": bitbucket, "github": github, "gitlab": gitlab, "jenkins": jenkins, "buildkite": buildkite, "circleci": circleci,
	"": generic, "codebuild": codeBuild, "principal": principal,
}

// audience is what the pipeline asks a token for.
func (r role) audience() string { return r.Issuer.Audiences[0] }

// takes tells whether the role takes tokens made for an audience.
func (r role) takes(audience string) bool { return slices.Contains(r.Issuer.Audiences, audience) }

// session are the commands that leave a token, which an expression of the shell gives, where AWS's tools look for it.
// The file is outside the folder that CI may keep. Regional STS: older tools ask the global endpoint otherwise.
// Source: AWS SDKs and Tools Reference Guide, "Assume a role with web identity" and "AWS STS Regional endpoints".
func (r role) session(c call, token string) []string {
	return []string{
		"export AWS_REGION=" + c.region + " AWS_STS_REGIONAL_ENDPOINTS=regional",
		"export AWS_ROLE_ARN=" + page.Shell(r.ARN()),
		"export AWS_WEB_IDENTITY_TOKEN_FILE=$(mktemp)",
		token + ` > "$AWS_WEB_IDENTITY_TOKEN_FILE"`,
		whoAmI,
	}
}

const whoAmI = "aws sts get-caller-identity"

// items are commands as a list of YAML, at an indentation.
func items(indent int, commands []string) string {
	var b strings.Builder
	for _, c := range commands {
		b.WriteString(strings.Repeat(" ", indent) + "- " + page.YAML(c) + "\n")
	}
	return b.String()
}

func lines(text ...string) string { return strings.Join(text, "\n") + "\n" }

// bitbucket. Sources: Atlassian Support, "Deploy on AWS using Bitbucket Pipelines OpenID Connect" and "Step options",
// which has atlassian-ip-ranges for steps of the sizes 4x and 8x alone.
func bitbucket(r role, c call) snippet {
	text := lines("pipelines:", "  default:", "    - step:")
	// The workspace's own audience is in every token.
	if own := "ari:cloud:bitbucket::workspace/" + strings.Trim(r.Issuer.WorkspaceUUID, "{}"); r.takes(own) {
		text += lines("        oidc: true")
	} else {
		text += lines("        oidc:", "          audiences:") + items(12, []string{r.audience()})
	}
	if r.everySubject(func(s string) bool { return strings.Count(s, ":{") > 0 }) {
		text += lines("        deployment: production # the name of an environment in the subject")
	}
	if c.hosted {
		text += lines("        size: 4x # 4x and 8x alone leave from Atlassian's own addresses", "        runtime:", "          cloud:", "            atlassian-ip-ranges: true")
	} else {
		text += lines("        runs-on: # all labels of the runner", "          - self.hosted", "          - linux")
	}
	return snippet{
		title: "Bitbucket Pipelines", language: "yaml", note: "In `bitbucket-pipelines.yml`:",
		text: text + lines("        script:") + items(10, r.session(c, `echo "$BITBUCKET_STEP_OIDC_TOKEN"`)),
	}
}

func (r role) everySubject(is func(pattern string) bool) bool {
	return !slices.ContainsFunc(r.Subjects, func(s topology.Subject) bool { return !is(s.Pattern) })
}

// github. Source: README of aws-actions/configure-aws-credentials.
func github(r role, c call) snippet {
	machine := "self-hosted # and the labels of the runner"
	if c.hosted {
		machine = "static-address # the label of the runner"
	}
	text := lines("permissions:", "  contents: read", "  id-token: write", "jobs:", "  deploy:", "    runs-on: "+machine)
	if name := r.environment(); name != "" {
		text += lines("    environment: " + page.YAML(name))
	}
	return snippet{
		title: "GitHub Actions", language: "yaml", note: "In a workflow below `.github/workflows`:",
		text: text + lines("    steps:",
			"      - uses: aws-actions/configure-aws-credentials@v4",
			"        with:",
			"          role-to-assume: "+page.YAML(r.ARN()),
			"          aws-region: "+page.YAML(c.region),
			"          audience: "+page.YAML(r.audience()),
			"      - run: "+whoAmI),
	}
}

// environment is the first GitHub environment that the role admits, if it admits one. A subject has %3A for a colon.
func (r role) environment() string {
	for _, s := range r.Subjects {
		if _, name, found := strings.Cut(s.Pattern, ":environment:"); found {
			return strings.ReplaceAll(name, "%3A", ":")
		}
	}
	return ""
}

// gitlab. Source: GitLab Docs, "Configure OpenID Connect in AWS to retrieve temporary credentials".
func gitlab(r role, c call) snippet {
	return snippet{
		title: "GitLab CI/CD", language: "yaml", note: "In `.gitlab-ci.yml`:",
		text: lines("deploy:", "  tags:", "    - deploy # the tags of the runner",
			"  id_tokens:", "    AWS_ID_TOKEN:", "      aud: "+page.YAML(r.audience()), "  script:") + items(4, r.session(c, `echo "$AWS_ID_TOKEN"`)),
	}
}

// jenkins. Source: README of jenkinsci/oidc-provider-plugin.
func jenkins(r role, c call) snippet {
	return snippet{
		title: "Jenkins", language: "groovy",
		note: "In a `Jenkinsfile`. `aws` is the ID of a credential of the kind *OpenID Connect id token as file*, with the audience " + page.Code(r.audience()) + ":",
		text: lines("pipeline {",
			"  agent { label 'deploy' } // a label of the runner",
			"  environment {",
			"    AWS_REGION = "+page.Groovy(c.region),
			"    AWS_STS_REGIONAL_ENDPOINTS = 'regional'",
			"    AWS_ROLE_ARN = "+page.Groovy(r.ARN()),
			"  }",
			"  stages {",
			"    stage('deploy') {",
			"      steps {",
			"        withCredentials([file(credentialsId: 'aws', variable: 'AWS_WEB_IDENTITY_TOKEN_FILE')]) {",
			"          sh '"+whoAmI+"'",
			"        }",
			"      }",
			"    }",
			"  }",
			"}"),
	}
}

// buildkite. Source: Buildkite Docs, "OIDC with AWS" and "buildkite-agent oidc". A pipeline that is uploaded has $$ for
// a dollar that the shell is to see ("Environment variables", interpolation).
func buildkite(r role, c call) snippet {
	commands := r.session(c, "buildkite-agent oidc request-token --audience "+page.Shell(r.audience()))
	for i := range commands {
		commands[i] = strings.ReplaceAll(commands[i], "$", "$$")
	}
	return snippet{
		title: "Buildkite", language: "yaml", note: "In `.buildkite/pipeline.yml`:",
		text: lines("steps:", "  - label: deploy", "    agents:", "      queue: deploy # the queue of the runner", "    commands:") + items(6, commands),
	}
}

// circleci. Sources: CircleCI Docs, "Using OpenID Connect tokens in jobs" and "OIDC tokens with custom claims". The
// subject of the second token goes on behind the user, with the repository and its ref.
func circleci(r role, c call) snippet {
	token := `echo "$CIRCLE_OIDC_TOKEN_V2"`
	if !r.takes(r.Issuer.Organization) {
		token = "circleci run oidc get --claims " + page.Shell(`{"aud": `+page.JSON(r.audience())+`}`)
	}
	text := lines("jobs:", "  deploy:")
	if c.hosted {
		text += lines("    circleci_ip_ranges: true", "    docker:", "      - image: cimg/aws:2024.03")
	} else {
		text += lines("    machine: true", "    resource_class: acme/deploy # that of the runner")
	}
	text += lines("    steps:", "      - run: |")
	for _, command := range r.session(c, token) {
		text += "          " + strings.ReplaceAll(command, "\n", "\n          ") + "\n"
	}
	return snippet{title: "CircleCI", language: "yaml", note: "In `.circleci/config.yml`:", text: text}
}

// generic is for a system that postern knows nothing of.
// Source: AWS CLI Command Reference, assume-role-with-web-identity.
func generic(r role, c call) snippet {
	return snippet{
		title: "any shell", language: "sh", note: "With the token in `$TOKEN`:",
		text: lines(append(r.session(c, `echo "$TOKEN"`), "", "# or, to have the keys themselves",
			"aws sts assume-role-with-web-identity --region "+c.region+" --role-session-name ci \\",
			"  --role-arn "+page.Shell(r.ARN())+` --web-identity-token "$TOKEN"`)...),
	}
}

// codeBuild. A build's credentials come as those of a container; its environment has the region of its network.
// Source: AWS SDKs and Tools Reference Guide, "Assume role credential provider".
func codeBuild(r role, _ call) snippet {
	profile := page.Shell(r.Name)
	return snippet{
		title: "CodeBuild", language: "yaml", note: "In `buildspec.yml`. The runner's own role may assume this one:",
		text: lines("version: 0.2", "phases:", "  build:", "    commands:") + items(6, []string{
			"aws configure set role_arn " + page.Shell(r.ARN()) + " --profile " + profile,
			"aws configure set credential_source EcsContainer --profile " + profile,
			whoAmI + " --profile " + profile,
		}),
	}
}

// principal is an IAM user or role that exists. Source: as of codeBuild.
func principal(r role, c call) snippet {
	source := lines("# signs in with the keys of this profile", "source_profile = default")
	if strings.Contains(c.principal, ":role/") {
		source = lines("# on EC2; EcsContainer in a container, Environment where the keys are in variables", "credential_source = Ec2InstanceMetadata")
	}
	return snippet{
		title: "the AWS CLI and SDKs", language: "ini",
		note: "In `~/.aws/config`. The policies of " + page.Code(c.principal) + ", which are not made here, have to allow `sts:AssumeRole` on the role:",
		text: lines("[profile "+r.Name+"]", "role_arn = "+r.ARN()) + source + lines("region = "+c.region, "sts_regional_endpoints = regional"),
	}
}
