package resolve

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A wrong is a spec with mistakes about who gets in: their summaries, and the text at which the first one points.
type wrong struct {
	spec string
	want string // separated by "; "
	at   string
}

// cutOff warns of machines in the sealed network of these tests, which is meant here.
const cutOff = "Runner cut off from jobs"

const (
	good       = "198.51.100.7"
	goodOffice = "runner \"o\" {\n addresses = [\"198.51.100.7\"]\n issuer = issuer.i\n}\n"
)

// issuerOf is issuer.i with a form, and a runner that shows its tokens.
func issuerOf(body string) string { return "issuer \"i\" {\n" + body + "\n}\n" + goodOffice }

// roleFor is role.x for that runner.
func roleFor(claims string) string { return roleOf("x", "runner.o", claims) }

const (
	github    = "github {}"
	gitlab    = "gitlab {}"
	jenkins   = "jenkins { url = \"https://ci.example.com\" }"
	buildkite = "buildkite { organization = \"acme\" }"
	circleci  = "circleci { organization_id = \"7c1e4d2a-5b90-4f3e-8a6d-1f2e3d4c5b6a\" }"
	generic   = "url = \"https://id.example.com\"\n audiences = [\"aws\"]"
	uuids     = "workspace = \"acme\"\n workspace_uuid = \"3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f\""
)

var wrongIssuers = map[string]wrong{
	"of no form":               {issuerOf(``), "Issuer of no form", `issuer "i"`},
	"of no form, and a role":   {issuerOf(``) + roleFor(`repositories = ["acme/app"]`), "Issuer of no form", `issuer "i"`},
	"without audiences":        {issuerOf(`url = "https://id.example.com"`), "Issuer without audience", `issuer "i"`},
	"with a URL and a form":    {issuerOf("url = \"https://id.example.com\"\n" + github), "URL of a generic issuer", `"https://id`},
	"over http":                {issuerOf("url = \"http://id.example.com\"\n audiences = [\"a\"]"), "Unknown form of URL", `"http://id`},
	"without a scheme":         {issuerOf("url = \"id.example.com\"\n audiences = [\"a\"]"), "Unknown form of URL", `"id.`},
	"with a query":             {issuerOf("url = \"https://id.example.com?x=1\"\n audiences = [\"a\"]"), "Unknown form of URL", `"https://id`},
	"with a port":              {issuerOf("url = \"https://id.example.com:8443\"\n audiences = [\"a\"]"), "Unknown form of URL", `"https://id`},
	"of a discovery document":  {issuerOf("url = \"https://id.example.com/.well-known/openid-configuration\"\n audiences = [\"a\"]"), "URL of discovery document", `"https://id`},
	"with a slash at the end":  {issuerOf("url = \"https://id.example.com/\"\n audiences = [\"a\"]"), "URL with slash at end", `"https://id`},
	"too long":                 {issuerOf("url = \"https://id.example.com/" + strings.Repeat("x", 255) + "\"\n audiences = [\"a\"]"), "Unknown form of URL", `"https://id`},
	"of GitHub in its URL":     {issuerOf("url = \"https://token.actions.githubusercontent.com\"\n audiences = [\"sts.amazonaws.com\"]"), "Issuer with form of its own", `"https://token`},
	"of CircleCI in its URL":   {issuerOf("url = \"https://oidc.circleci.com/org/1\"\n audiences = [\"1\"]"), "Issuer with form of its own", `"https://oidc`},
	"of github.com itself":     {issuerOf(`github { url = "https://github.example.com" }`), "URL of no GitHub issuer", `"https://github`},
	"a GitLab without https":   {issuerOf(`gitlab { url = "gitlab.example.com" }`), "Unknown form of URL", `"gitlab.`},
	"no audience":              {issuerOf(github + "\n audiences = []"), "Issuer without audience", `[]`},
	"an empty audience":        {issuerOf(github + "\n audiences = [\"\"]"), "Audience that IAM refuses", `""`},
	"a long audience":          {issuerOf(github + "\n audiences = [\"" + strings.Repeat("a", 256) + "\"]"), "Audience that IAM refuses", `"a`},
	"an audience with a space": {issuerOf(github + "\n audiences = [\"a b\"]"), "Audience that IAM refuses", `"a b"`},
	"an audience twice":        {issuerOf(github + "\n audiences = [\"a\", \"a\"]"), "Audience written twice", `"a"]`},
	"an audience of wildcards": {issuerOf(github + "\n audiences = [\"sts.*\"]"), "Audience with wildcard", `"sts`},
	"many audiences":           {issuerOf(github + "\n audiences = [for n in range(101) : \"a${n}\"]"), "Too many audiences", `[for`},
	"that nobody uses":         {"issuer \"i\" {\n" + github + "\n}\n", "Issuer that nobody uses", `issuer "i"`},
	"twice": {issuerOf(github) + "issuer \"j\" {\n" + github + "\n}\n" + strings.ReplaceAll(strings.ReplaceAll(goodOffice, `"o"`, `"p"`), "issuer.i", "issuer.j"),
		"Issuer described twice", `github {}`},
	"a workspace by UUID":       {issuerOf("bitbucket {\n workspace = \"{3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f}\"\n workspace_uuid = \"3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f\"\n}"), "UUID in place of slug", `"{3f`},
	"a workspace with capitals": {issuerOf("bitbucket {\n workspace = \"Acme Inc\"\n workspace_uuid = \"3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f\"\n}"), "Unknown form of slug", `"Acme`},
	"a workspace ID of letters": {issuerOf("bitbucket {\n workspace = \"acme\"\n workspace_uuid = \"acme\"\n}"), "Unknown form of UUID", `"acme"`},
	"an organization by name":   {issuerOf(`circleci { organization_id = "acme" }`), "Unknown form of UUID", `"acme"`},
	"an organization's address": {issuerOf(`buildkite { organization = "buildkite.com/acme" }`), "Unknown form of slug", `"build`},
}

var wrongClaims = map[string]wrong{
	"a Bitbucket branch":             {issuerOf("bitbucket {\n"+uuids+"\n}") + roleFor(repo+"\n branches = [\"main\"]"), "Claim that IAM cannot see", `["main"]`},
	"a Bitbucket tag":                {issuerOf("bitbucket {\n"+uuids+"\n}") + roleFor(repo+"\n tags = [\"v1\"]"), "Claim that IAM cannot see", `["v1"]`},
	"a Bitbucket repository by name": {issuerOf("bitbucket {\n"+uuids+"\n}") + roleFor(`repositories = ["acme/app"]`), "Unknown form of claim", `"acme/app"`},
	"a UUID without braces":          {issuerOf("bitbucket {\n"+uuids+"\n}") + roleFor(`repositories = ["c3d4e5f6-0000-4000-8000-000000000001"]`), "Unknown form of claim", `"c3d4`},
	"an environment by name":         {issuerOf("bitbucket {\n"+uuids+"\n}") + roleFor(repo+"\n environments = [\"production\"]"), "Unknown form of claim", `"production"`},
	"all repositories":               {issuerOf("bitbucket {\n"+uuids+"\n}") + roleFor(`repositories = ["*"]`), "Unknown form of claim", `"*"`},
	"no repositories":                {issuerOf("bitbucket {\n"+uuids+"\n}") + roleFor(``), "Role open to all tokens", `role "x"`},
	"an empty list":                  {issuerOf("bitbucket {\n"+uuids+"\n}") + roleFor(`repositories = []`), "Empty list of claims", `[]`},
	"another issuer's word":          {issuerOf("bitbucket {\n"+uuids+"\n}") + roleFor(repo+"\n projects = [\"acme/app\"]"), "Claim of another issuer", `["acme/app"]`},
	"a repository alone":             {issuerOf(github) + roleFor(`repositories = ["acme/app"]`), "Role open to all branches", `["acme/app"]`},
	"all of an owner":                {issuerOf(github) + roleFor("repositories = [\"acme/*\"]\n branches = [\"main\"]"), "Unknown form of claim", `"acme/*"`},
	"owners that begin alike":        {issuerOf(github) + roleFor("repositories = [\"acme*/app\"]\n branches = [\"main\"]"), "Unknown form of claim", `"acme*/app"`},
	"everything of GitHub":           {issuerOf(github) + roleFor("repositories = [\"*\"]\n branches = [\"main\"]"), "Unknown form of claim", `"*"`},
	"a subject of GitHub":            {issuerOf(github) + roleFor("repositories = [\"repo:acme/app:*\"]\n branches = [\"main\"]"), "Unknown form of claim", `"repo:`},
	"one ID of two":                  {issuerOf(github) + roleFor("repositories = [\"acme/app@5678\"]\n branches = [\"main\"]"), "Unknown form of claim", `"acme/app@`},
	"a branch as Git has it":         {issuerOf(github) + roleFor("repositories = [\"acme/app\"]\n branches = [\"refs/heads/main\"]"), "Unknown form of claim", `"refs/`},
	"an environment with a wildcard": {issuerOf(github) + roleFor("repositories = [\"acme/app\"]\n environments = [\"prod*\"]"), "Unknown form of claim", `"prod*"`},
	"a policy variable":              {issuerOf(github) + roleFor("repositories = [\"acme/app\"]\n environments = [\"$${aws:username}\"]"), "Unknown form of claim", `"$`},
	"too many subjects":              {issuerOf(github) + roleFor("repositories = [for n in range(50) : \"acme/app${n}\"]\n branches = [for n in range(50) : \"b${n}\"]"), "Too many subjects", `role "x"`},
	"a project of GitHub":            {issuerOf(github) + roleFor(`projects = ["acme/app"]`), "Claim of another issuer", `["acme/app"]`},
	"a subject for GitHub":           {issuerOf(github) + roleFor(`subjects = ["repo:acme/app:*"]`), "Claim of another issuer", `["repo`},
	"a GitLab project alone":         {issuerOf(gitlab) + roleFor(`projects = ["acme/app"]`), "Role open to all branches", `["acme/app"]`},
	"a GitLab environment":           {issuerOf(gitlab) + roleFor("projects = [\"acme/app\"]\n environments = [\"prod\"]"), "Claim that IAM cannot see", `["prod"]`},
	"a GitLab project by ID":         {issuerOf(gitlab) + roleFor("projects = [\"4711\"]\n branches = [\"main\"]"), "Unknown form of claim", `"4711"`},
	"a GitLab group":                 {issuerOf(gitlab) + roleFor("projects = [\"acme/*\"]\n branches = [\"main\"]"), "Unknown form of claim", `"acme/*"`},
	"a GitLab repository":            {issuerOf(gitlab) + roleFor("repositories = [\"acme/app\"]\n branches = [\"main\"]"), "Claim of another issuer", `["acme/app"]`},
	"a GitLab subject":               {issuerOf(gitlab) + roleFor("projects = [\"project_path:acme/app\"]\n branches = [\"main\"]"), "Unknown form of claim", `"project`},
	"jobs with wildcards":            {issuerOf(jenkins) + roleFor(`jobs = ["deploy*"]`), "Unknown form of claim", `"deploy*"`},
	"no jobs":                        {issuerOf(jenkins) + roleFor(``), "Role open to all tokens", `role "x"`},
	"a branch of Jenkins":            {issuerOf(jenkins) + roleFor("jobs = [\"app\"]\n branches = [\"main\"]"), "Claim of another issuer", `["main"]`},
	"a Buildkite pipeline alone":     {issuerOf(buildkite) + roleFor(`pipelines = ["deploy"]`), "Role open to all branches", `["deploy"]`},
	"a Buildkite pipeline's path":    {issuerOf(buildkite) + roleFor("pipelines = [\"acme/deploy\"]\n branches = [\"main\"]"), "Unknown form of claim", `"acme/deploy"`},
	"a Buildkite repository":         {issuerOf(buildkite) + roleFor("repositories = [\"acme/app\"]\n branches = [\"main\"]"), "Claim of another issuer", `["acme/app"]`},
	"a CircleCI branch":              {issuerOf(circleci) + roleFor("projects = [\"c3d4e5f6-0000-4000-8000-000000000001\"]\n branches = [\"main\"]"), "Claim that IAM cannot see", `["main"]`},
	"a CircleCI project by name":     {issuerOf(circleci) + roleFor("projects = [\"acme/app\"]"), "Unknown form of claim", `"acme/app"`},
	"any subject":                    {issuerOf(generic) + roleFor(`subjects = ["*"]`), "Subject of wildcards alone", `"*"`},
	"any subject in parts":           {issuerOf(generic) + roleFor(`subjects = ["*:*/?"]`), "Subject of wildcards alone", `"*:`},
	"an empty subject":               {issuerOf(generic) + roleFor(`subjects = [""]`), "Unknown form of claim", `""`},
	"no subject":                     {issuerOf(generic) + roleFor(``), "Role open to all tokens", `role "x"`},
	"a generic repository":           {issuerOf(generic) + roleFor(`repositories = ["acme/app"]`), "Claim of another issuer", `["acme/app"]`},
	"claims without tokens": {"runner \"o\" {\n addresses = [\"198.51.100.7\"]\n principal = \"arn:aws:iam::111111111111:role/jenkins\"\n}\n" + roleFor(repo+"\n environments = [\"x\"]"),
		"Claim without tokens; Claim without tokens", `["x"]`},
}

const sealedVPC = "network \"old\" {\n account = account.tooling\n vpc_id = \"vpc-0a1b2c3d4e5f60718\"\n subnet_ids = [\"subnet-0a1b2c3d4e5f60001\"]\n%s\n}\n"

func oldVPC(more string) string { return fmt.Sprintf(sealedVPC, more) }

func builder(more string) string {
	return "runner \"o\" {\n network = network.ci\n " + more + "\n codebuild { buildspec = \"{}\" }\n}\n"
}

var wrongRunners = map[string]wrong{
	"of no kind":                             {bitbucket + "runner \"o\" {\n issuer = issuer.bitbucket\n}\n", "Runner of no kind", `runner "o"`},
	"of no kind in a network":                {network + "runner \"o\" {\n network = network.ci\n}\n", "Runner of no kind", `runner "o"`},
	"without identity":                       {"runner \"o\" {\n addresses = [\"198.51.100.7\"]\n}\n", "Runner without identity", `runner "o"`},
	"of two identities":                      {bitbucket + "runner \"o\" {\n addresses = [\"198.51.100.7\"]\n issuer = issuer.bitbucket\n principal = \"arn:aws:iam::111111111111:role/x\"\n}\n", "Runner of two identities", `"arn`},
	"CodeBuild with an issuer":               {bitbucket + network + builder("issuer = issuer.bitbucket"), "Argument of another runner", `issuer.`},
	"CodeBuild with a principal":             {network + builder(`principal = "arn:aws:iam::111111111111:role/x"`), "Argument of another runner", `"arn`},
	"CodeBuild that uses":                    {network + builder(`uses = ["sts"]`), "Argument of another runner", `["sts"]`},
	"CodeBuild with addresses":               {network + builder(`addresses = ["10.20.0.0/28"]`), "Addresses that AWS chooses", `["10.`},
	"CodeBuild at a vendor's":                {network + builder("hosted {\n vendor = \"x\"\n regions = []\n }"), "Hosted runner in a network", `hosted`},
	"a session":                              {"runner \"o\" {\n addresses = [\"198.51.100.7\"]\n principal = \"arn:aws:sts::111111111111:assumed-role/jenkins/i-1\"\n}\n", "Session in place of role", `"arn`},
	"a whole account":                        {"runner \"o\" {\n addresses = [\"198.51.100.7\"]\n principal = \"arn:aws:iam::111111111111:root\"\n}\n", "Unknown form of principal", `"arn`},
	"any role":                               {"runner \"o\" {\n addresses = [\"198.51.100.7\"]\n principal = \"arn:aws:iam::111111111111:role/*\"\n}\n", "Unknown form of principal", `"arn`},
	"elsewhere that uses":                    {bitbucket + "runner \"o\" {\n addresses = [\"198.51.100.7\"]\n issuer = issuer.bitbucket\n uses = [\"sts\"]\n}\n", "Argument of another runner", `["sts"]`},
	"elsewhere in an account":                {bitbucket + "runner \"o\" {\n account = account.tooling\n addresses = [\"198.51.100.7\"]\n issuer = issuer.bitbucket\n}\n", "Account of runner elsewhere", `account.tooling`},
	"in another account":                     {bitbucket + network + machine("o", "ci", "account = account.prod"), "Network of another account", `account.prod`},
	"at a private address":                   {bitbucket + office("o", "10.1.2.3"), "Private range on public path", `"10.`},
	"behind carriers":                        {bitbucket + office("o", "100.64.0.0/16"), "Private range on public path", `"100.`},
	"on loopback":                            {bitbucket + office("o", "127.0.0.1"), "Private range on public path", `"127.`},
	"link-local":                             {bitbucket + office("o", "169.254.169.254"), "Private range on public path", `"169.`},
	"at a private IPv6 address":              {bitbucket + office("o", "fd00::1"), "Private range on public path", `"fd`},
	"half in a private range":                {bitbucket + office("o", "172.0.0.0/8"), "Private range on public path", `"172.`},
	"everywhere":                             {bitbucket + office("o", "0.0.0.0/0"), "Range open to strangers", `"0.`},
	"everywhere in IPv6":                     {bitbucket + office("o", "::/0"), "Range open to strangers", `"::`},
	"half the world":                         {bitbucket + office("o", "128.0.0.0/1"), "Range open to strangers", `"128`},
	"at a private address, and a role":       {bitbucket + office("o", "10.1.2.3") + roleFor(repo), "Private range on public path", `"10.`},
	"at a public address inside, and a role": {bitbucket + oldVPC("") + machine("o", "old", `addresses = ["198.51.100.7"]`) + roleFor(repo), "Public range inside a network", `"198`},
	"at a host's name":                       {bitbucket + office("o", "ci.example.com"), "Unknown form of address", `"ci`},
	"at an address in a zone":                {bitbucket + office("o", "fe80::1%eth0"), "Unknown form of address", `"fe`},
	"at an IPv4 address as IPv6":             {bitbucket + office("o", "::ffff:198.51.100.7"), "Unknown form of address", `"::`},
	"at a range with host bits":              {bitbucket + office("o", "198.51.100.7/24"), "Range with host bits", `"198`},
	"at a public address inside":             {bitbucket + network + machine("o", "ci", `addresses = ["198.51.100.7"]`), "Address outside the private subnets", `"198`},
	"in the public subnets":                  {bitbucket + network + machine("o", "ci", `addresses = ["10.20.8.0/28"]`), "Address outside the private subnets", `"10`},
	"in more than the subnets":               {bitbucket + network + machine("o", "ci", `addresses = ["10.20.0.0/20"]`), "Address outside the private subnets", `"10`},
	"public in an existing VPC":              {bitbucket + oldVPC("") + machine("o", "old", `addresses = ["198.51.100.7"]`), "Public range inside a network", `"198`},
	"larger than a VPC":                      {bitbucket + oldVPC("") + machine("o", "old", `addresses = ["10.0.0.0/8"]`), "Range larger than a VPC", `"10`},
	"behind NAT":                             {bitbucket + natNetwork("ci", "10.20.0.0/20", "") + machine("o", "ci", `addresses = ["10.20.0.0/28"]`) + roleFor(repo), "Private range on public path", `["10`},
	"uses what nobody may":                   {bitbucket + network + machine("o", "ci", `uses = ["ecs"]`), "Endpoint for nobody", `"ecs"`},
	"uses what is unknown":                   {bitbucket + network + machine("o", "ci", `uses = ["gibberish"]`) + roleFor(repo), "Unknown endpoint service", `"gibb`},
	"without its vendor":                     {bitbucket + network + machine("o", "ci", ""), cutOff, `network.ci`},
	"hosted in a network":                    {bitbucket + network + machine("o", "ci", "hosted {\n vendor = \"x\"\n regions = []\n }"), "Hosted runner in a network", `hosted`},
	"hosted in an unknown region":            {bitbucket + hosted(`regions = ["virginia"]`, good), "Unknown form of region", `"virg`},
	"hosted behind an unknown":               {bitbucket + hosted("regions = []\n endpoints = [\"gibberish\"]", good), "Unknown endpoint service", `"gibb`},
}

// hosted is runner.o at a vendor's.
func hosted(body string, addresses ...string) string {
	list := "null"
	if len(addresses) > 0 {
		list = "[\"" + strings.Join(addresses, `", "`) + "\"]"
	}
	return "runner \"o\" {\n addresses = " + list + "\n issuer = issuer.bitbucket\n hosted {\n vendor = \"atlassian\"\n " + body + "\n }\n}\n"
}

const beijing = `
account "beijing" {
  id     = "333333333333"
  region = "cn-north-1"
}
`

// bare is role.x without claims.
func bare(body string) string {
	return network + builder("") + "role \"x\" {\n account = account.prod\n runners = [runner.o]\n" + body + "\n}\n"
}

const allow = "\n allow {\n actions = [\"ecs:*\"]\n resources = [\"*\"]\n }\n"

var wrongRoles = map[string]wrong{
	"without runners":               {roleOf("x", "", ""), "Role without runners", `[]`},
	"without permissions":           {bare(""), "Role without permissions", `role "x"`},
	"a name with a path":            {bare(`name = "ci/deploy"` + allow), "Role name that IAM refuses", `"ci/`},
	"a long name":                   {bare(`name = "` + strings.Repeat("n", 65) + `"` + allow), "Role name that IAM refuses", `"nn`},
	"an empty name":                 {bare(`name = ""` + allow), "Role name that IAM refuses", `""`},
	"a long session":                {bare(`max_session = 86400` + allow), "Session length out of range", `86400`},
	"a short session":               {bare(`max_session = 900` + allow), "Session length out of range", `900`},
	"a guard of another name":       {bare(`guard = "strict"` + allow), "Unknown choice", `"strict"`},
	"a service for an action":       {bare("allow {\n actions = [\"ecs\"]\n resources = [\"*\"]\n }"), "Unknown form of action", `"ecs"`},
	"an action in words":            {bare("allow {\n actions = [\"update service\"]\n resources = [\"*\"]\n }"), "Unknown form of action", `"update`},
	"no actions":                    {bare("allow {\n actions = []\n resources = [\"*\"]\n }"), "Allow block that allows nothing", `[]`},
	"no resources":                  {bare("allow {\n actions = [\"ecs:*\"]\n resources = []\n }"), "Allow block that allows nothing", `[]`},
	"a resource by name":            {bare("allow {\n actions = [\"ecs:*\"]\n resources = [\"service/app\"]\n }"), "Unknown form of resource", `"service`},
	"a resource elsewhere":          {bare("allow {\n actions = [\"ecs:*\"]\n resources = [\"arn:aws-cn:ecs:cn-north-1:222222222222:service/app\"]\n }"), "ARN of another partition", `"arn`},
	"a policy by name":              {bare(`managed_policies = ["ReadOnlyAccess"]`), "Unknown form of ARN", `"Read`},
	"a policy of another account":   {bare(`managed_policies = ["arn:aws:iam::111111111111:policy/x"]`), "Policy of another account", `"arn`},
	"a policy of another partition": {bare(`managed_policies = ["arn:aws-us-gov:iam::aws:policy/ReadOnlyAccess"]`), "ARN of another partition", `"arn`},
	"many policies":                 {bare(`managed_policies = [for n in range(21) : "arn:aws:iam::aws:policy/p${n}"]`), "Too many managed policies", `[for`},
	"a boundary by role":            {bare(`permissions_boundary = "arn:aws:iam::222222222222:role/boundary"` + allow), "Unknown form of ARN", `"arn`},
	"a boundary elsewhere":          {bare(`permissions_boundary = "arn:aws:iam::111111111111:policy/boundary"` + allow), "Policy of another account", `"arn`},
	"a long session of a build":     {bare(`max_session = 7200` + allow), "Session longer than a chain", `7200`},
	"two roles of one name":         {bare(`name = "Deploy"`+allow) + roleOf("y", "runner.o", `name = "deploy"`), "Role name taken", `"deploy"`},
	"the name of a runner's role": {network + builder("") + strings.Replace(roleOf("x", "runner.o", `name = "Postern-Runner-O"`), "account.prod", "account.tooling", 1),
		"Role name taken", `"Postern`},
	"the name of the role for flow logs": {network + builder("") + strings.Replace(roleOf("x", "runner.o", `name = "postern-flow-logs-eu-west-1"`), "account.prod", "account.tooling", 1),
		"Role name taken", `"postern`},
	"the name of the deploy role": {"account \"dev\" {\n id = \"444444444444\"\n region = \"eu-west-1\"\n deploy_role = \"ci/terraform\"\n}\n" + network + builder("") + strings.Replace(roleOf("x", "runner.o", `name = "terraform"`), "account.prod", "account.dev", 1),
		"Role name taken", `"terraform"`},
	"two issuers": {bitbucket + office("o", good) + "issuer \"g\" {\n github {}\n}\nrunner \"p\" {\n addresses = [\"198.51.100.8\"]\n issuer = issuer.g\n}\n" + roleOf("x", "runner.o, runner.p", repo),
		"Role of two issuers", `runner.p`},
	"in another partition": {beijing + network + builder("") + strings.Replace(roleOf("x", "runner.o", ""), "account.prod", "account.beijing", 1), "Runner in another partition", `runner.o`},
	"a principal of another partition": {"runner \"o\" {\n addresses = [\"198.51.100.7\"]\n principal = \"arn:aws-cn:iam::333333333333:role/x\"\n}\n" + roleOf("x", "runner.o", ""),
		"Runner in another partition", `runner.o`},
	"a runner without a place":         {bitbucket + "runner \"o\" {\n addresses = []\n issuer = issuer.bitbucket\n}\n" + roleFor(repo), "Empty list of addresses", `[]`},
	"a hosted runner without a place":  {bitbucket + hosted(`regions = ["us-east-1"]`) + roleFor(repo), "Hosted runner without addresses", `runner.o`},
	"behind a foreign endpoint":        {bitbucket + hosted("regions = [\"eu-central-1\"]\n endpoints = [\"s3\", \"sts\"]", good) + roleFor(repo), "Runner behind foreign endpoint", `runner.o`},
	"guarded against its own vendor":   {bitbucket + hosted(`regions = ["us-east-1"]`, good) + roleFor(repo+"\n guard = \"session\""), "Guard against foreign endpoints", `runner.o`},
	"existing NAT":                     {bitbucket + oldVPC(`egress = "nat"`) + machine("o", "old", "") + roleFor(repo), "NAT addresses unknown", `runner.o`},
	"existing VPC":                     {bitbucket + oldVPC("") + machine("o", "old", "") + roleFor(repo), "Addresses in VPC unknown", `runner.o`},
	"existing VPC with CodeBuild":      {oldVPC("") + strings.Replace(builder(""), "network.ci", "network.old", 1) + roleOf("x", "runner.o", ""), "Addresses in VPC unknown", `runner.o`},
	"existing NAT in transition":       {bitbucket + oldVPC("egress = \"nat\"\n transition = true\n nat_addresses = [\"203.0.113.10\"]") + machine("o", "old", "") + roleFor(repo), "Addresses in VPC unknown", `runner.o`},
	"guarded in existing NAT":          {bitbucket + oldVPC("egress = \"nat\"\n nat_addresses = [\"203.0.113.10\"]") + machine("o", "old", "") + roleFor(repo+"\n guard = \"session\""), "Addresses in VPC unknown", `runner.o`},
	"guarded through existing NAT":     {bitbucket + oldVPC(`egress = "nat"`) + machine("o", "old", "addresses = [\"10.0.0.0/24\"]\n uses = [\"sts\"]") + roleFor(repo+"\n guard = \"session\""), "NAT addresses unknown", `runner.o`},
	"a role that a build may not have": {network + "runner \"o\" {\n network = network.ci\n codebuild {\n buildspec = \"{}\"\n assume = [role.x.arn]\n }\n}\n" + bitbucket + office("p", good) + roleOf("x", "runner.p", repo), "Role closed to its runner", `role.x.arn`},
}

var wrongNetworks = map[string]wrong{
	"transition without NAT":                    {strings.Replace(network, "zones ", "transition = true\n zones ", 1), "Transition without a way out", `true`},
	"NAT addresses of a new VPC":                {natNetwork("ci", "10.20.0.0/20", `nat_addresses = ["203.0.113.10"]`), "Argument of an existing VPC", `["203`},
	"NAT addresses without NAT":                 {oldVPC(`nat_addresses = ["203.0.113.10"]`), "NAT addresses without NAT", `["203`},
	"NAT addresses that are inside, and a role": {bitbucket + oldVPC("egress = \"nat\"\n nat_addresses = [\"10.0.0.10\"]") + machine("o", "old", "") + roleFor(repo), "Private range on public path", `"10.`},
	"NAT addresses that are inside":             {oldVPC("egress = \"nat\"\n nat_addresses = [\"10.0.0.10\"]"), "Private range on public path", `"10.`},
}

var lookAlikes = map[string]wrong{
	"behind one NAT": {bitbucket + natNetwork("ci", "10.20.0.0/20", "") + machine("dev", "ci", "") + machine("prod", "ci", "") + roleOf("x", "runner.prod", repo), "Runners that look alike", `runner.prod`},
	"in one sealed network": {bitbucket + network + machine("dev", "ci", "") + machine("prod", "ci", "") + roleOf("x", "runner.prod", repo),
		"Runners that look alike", `runner.prod`},
	"in ranges that overlap": {bitbucket + network + machine("dev", "ci", `addresses = ["10.20.0.0/27"]`) + machine("prod", "ci", `addresses = ["10.20.0.16/28"]`) + roleOf("x", "runner.prod", repo),
		"Runners that look alike", `runner.prod`},
	"at one address": {bitbucket + office("dev", "198.51.100.0/28") + office("prod", good) + roleOf("x", "runner.prod", repo), "Runners that look alike", `runner.prod`},
	"as one principal": {strings.ReplaceAll(bitbucket+office("dev", good)+office("prod", "198.51.100.0/28")+roleOf("x", "runner.prod", ""), "issuer = issuer.bitbucket", `principal = "arn:aws:iam::111111111111:role/jenkins"`),
		"Issuer that nobody uses; Runners that look alike", ``},
	"through NAT in a transition": {bitbucket + natNetwork("ci", "10.20.0.0/20", "transition = true") + machine("dev", "ci", `addresses = ["10.20.0.0/28"]`) + machine("prod", "ci", `addresses = ["10.20.0.16/28"]`) + roleOf("x", "runner.prod", repo),
		"Runners that look alike", `runner.prod`},
	"at the NAT of an existing VPC": {bitbucket + oldVPC("egress = \"nat\"\n nat_addresses = [\"203.0.113.10\"]") + machine("dev", "old", "") + office("prod", "203.0.113.8/29") + roleOf("x", "runner.prod", repo),
		"Runners that look alike", `runner.prod`},
	"by asking STS of another region": {bitbucket + oldVPC("egress = \"nat\"\n nat_addresses = [\"203.0.113.10\"]") + machine("dev", "old", "uses = [\"sts\"]\n addresses = [\"10.0.0.0/24\"]") + office("prod", "203.0.113.10") + roleOf("x", "runner.prod", repo) + roleOf("y", "runner.dev", repo),
		"Runners that look alike", `runner.prod`},
}

func TestWrongSpecsOfRoles(t *testing.T) {
	for kind, table := range map[string]map[string]wrong{
		"issuer": wrongIssuers, "claims": wrongClaims, "runner": wrongRunners, "role": wrongRoles, "network": wrongNetworks, "look-alike": lookAlikes,
	} {
		for name, test := range table {
			t.Run(kind+" "+name, func(t *testing.T) {
				text := accounts + test.spec
				_, diags := Topology(load(t, text))
				diags = slices.DeleteFunc(diags, func(d *hcl.Diagnostic) bool { return d.Summary == cutOff && test.want != cutOff })
				var got []string
				for _, d := range diags {
					got = append(got, d.Summary)
					requireVoice(t, d)
				}
				require.Equal(t, test.want, strings.Join(got, "; "), diags.Error())
				assert.True(t, strings.HasPrefix(text[diags[0].Subject.Start.Byte:], test.at), "points at %q", diags[0].Subject.SliceBytes([]byte(text)))
			})
		}
	}
}

var lastSentence = regexp.MustCompile(`(?s)^(?:.*[.?!]["”)]*\s+)?(\w+) [^\n]*\.$`)

// requireVoice checks that a diagnostic is short in its summary and says at the end what to do.
func requireVoice(t *testing.T, d *hcl.Diagnostic) {
	t.Helper()
	require.LessOrEqual(t, len(strings.Fields(d.Summary)), 6, d.Summary)
	found := lastSentence.FindStringSubmatch(d.Detail)
	require.NotNil(t, found, d.Detail)
	require.True(t, slices.Contains([]string{"Add", "Give", "List", "Move", "Remove", "Rename", "Write"}, found[1]), d.Detail)
}

// TestNeighboursThatDoNotLookAlike are pairs of runners that a policy can tell apart.
func TestNeighboursThatDoNotLookAlike(t *testing.T) {
	for name, text := range map[string]string{
		"ranges apart in one network":   network + machine("dev", "ci", `addresses = ["10.20.0.0/28"]`) + machine("prod", "ci", `addresses = ["10.20.0.16/28"]`),
		"networks of their own":         network + natNetwork("other", "10.30.0.0/20", "") + machine("dev", "other", "") + machine("prod", "ci", ""),
		"NAT gateways of their own":     natNetwork("ci", "10.20.0.0/20", "") + natNetwork("other", "10.30.0.0/20", "") + machine("dev", "other", "") + machine("prod", "ci", ""),
		"addresses apart":               office("dev", "198.51.100.0/30") + office("prod", good),
		"endpoint and NAT of a network": network + office("dev", "203.0.113.10") + machine("prod", "ci", ""),
		"ranges apart behind an endpoint in a network with NAT": natNetwork("ci", "10.20.0.0/20", "") +
			machine("dev", "ci", `addresses = ["10.20.0.0/28"]`) + machine("prod", "ci", "addresses = [\"10.20.0.16/28\"]\n uses = [\"sts\"]"),
		"another issuer": strings.Replace(office("dev", good), "issuer.bitbucket", "issuer.g", 1) + "issuer \"g\" {\n github {}\n}\n" + office("prod", good),
		"listed both":    "",
	} {
		t.Run(name, func(t *testing.T) {
			runners := "runner.prod"
			if text == "" {
				text, runners = office("dev", good)+office("prod", good), "runner.dev, runner.prod"
			}
			found := mistakes(t, accounts+bitbucket+text+roleOf("x", runners, repo))
			assert.Empty(t, slices.DeleteFunc(found, func(s string) bool { return s == cutOff }))
		})
	}
}

func TestManyWhoLookAlikeAreOneMistake(t *testing.T) {
	text := accounts + bitbucket
	for i := range 5 {
		text += office(fmt.Sprintf("o%d", i), good)
	}
	_, diags := Topology(load(t, text+roleOf("x", "runner.o1", repo)+roleOf("y", "runner.o1, runner.o2, runner.o3, runner.o4", repo)))
	require.Len(t, diags, 2)
	assert.Contains(t, diags[0].Detail, "runner.o1 shares the issuer and public addresses with runner.o0, runner.o2, runner.o3 and 1 more, ")
	assert.Contains(t, diags[1].Detail, "runner.o1 shares the issuer and public addresses with runner.o0, ")
}
