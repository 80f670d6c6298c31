package spec

// A Runner is a runner block: a CodeBuild project, a machine in a network, or one elsewhere. How it shows who it is:
// a CodeBuild project by its own role, others by tokens of an issuer or as an IAM principal that exists.
type Runner struct {
	Header
	Account   Ref // where the writer believes the network to be
	Network   Ref
	Addresses List[string] // public ones of a runner elsewhere; private ones inside its network
	Issuer    Ref
	Principal Value[string] // ARN of an IAM role or user
	Uses      List[string]  // endpoint services, of a runner in a network that is no CodeBuild project
	Publish   List[Target]  // replications whose source it writes into
	CodeBuild *CodeBuild
	Hosted    *Hosted
}

// A Hosted is the hosted block of a runner: it runs at a vendor's. Its addresses are the runner's, among many customers'.
type Hosted struct {
	Header
	Vendor    Value[string]
	Regions   List[string] // AWS regions in which the vendor has machines
	Endpoints List[string] // services that the vendor's machines reach through VPC endpoints of the vendor's
}

func (r *Runner) declare() *Kind {
	return &Kind{
		Word: "runner", Noun: "a runner",
		About: `| a runner is | written with | shows |
|---|---|---|
| a CodeBuild project of ours | ` + "`network`, `codebuild`" + ` | the project's role |
| somebody's machine in a network of ours | ` + "`network` | tokens of an `issuer`, or a `principal`" + ` |
| a machine elsewhere | ` + "`addresses`" + ` | the same |
| a vendor's machine | ` + "`addresses`, `hosted` | tokens of an `issuer`" + ` |

One that does nothing but read a package index shows nobody who it is.`,
		Parameters: []Parameter{
			{Name: "account", Type: reference(&r.Account, "account"), Otherwise: "the network's", Example: "account.tooling", Meaning: "may be written; it has to be the network's"},
			{Name: "network", Type: reference(&r.Network, "network"), NeededBy: "codebuild", Example: "network.ci", Meaning: "where it works"},
			{Name: "addresses", Type: texts(&r.Addresses), Example: `["198.51.100.7/32"]`,
				Meaning: "elsewhere: the public addresses that it comes from, IP or range. In a network: its private ones, inside the subnets; needed in an existing VPC"},
			{Name: "issuer", Type: reference(&r.Issuer, "issuer"), Example: "issuer.bitbucket", Meaning: "whose tokens it shows"},
			{Name: "principal", Type: text(&r.Principal).of("ARN"), Example: `"arn:aws:iam::111111111111:role/jenkins"`, Meaning: "an IAM role or user that exists"},
			{Name: "uses", Type: texts(&r.Uses), Otherwise: "`[]`", Example: `["sts"]`, Meaning: "endpoints, of a runner in a network without `codebuild`"},
			{Name: "publish", Type: references(&r.Publish, "replication"), Otherwise: "`[]`", Example: "[replication.web]", Meaning: "into whose sources it writes; with tokens it is the role that publishes"},
		},
		Inner:      []*Kind{single(&r.CodeBuild, (*CodeBuild).declare), single(&r.Hosted, (*Hosted).declare)},
		Attributes: []Attribute{{Name: "name", read: label}},
	}
}

func (h *Hosted) declare() *Kind {
	return &Kind{
		Word: "hosted", Noun: "a hosted block", Meaning: "a vendor's machine",
		Parameters: []Parameter{
			{Name: "vendor", Type: text(&h.Vendor), Required: true, Example: `"atlassian"`, Meaning: "whose machines they are"},
			{Name: "regions", Type: texts(&h.Regions), Required: true, Example: `["us-east-1"]`, Meaning: "AWS regions in which the vendor has machines"},
			{Name: "endpoints", Type: texts(&h.Endpoints, "s3", "dynamodb"), Example: `["s3", "dynamodb"]`, Meaning: "services that these reach through endpoints of the vendor's, in those regions"},
		},
	}
}
