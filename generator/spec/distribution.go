package spec

// A Distribution is a distribution block: CloudFront in front of a bucket.
type Distribution struct {
	Header
	Account     Ref
	Origin      Ref           // a replication: its bucket in the account, a destination or the source
	Region      Value[string] // of that bucket, if several are in the account
	Aliases     List[string]
	Certificate Value[string] // ARN
	Index       Value[string]
	Access      Value[string] // one of Accesses
	Identity    Value[string] // ID of an existing origin access identity
	Logs        Value[bool]
}

// Accesses are how CloudFront reaches a bucket: by origin access control, or as an origin access identity that exists.
var Accesses = []string{"control", "identity"}

func (d *Distribution) declare() *Kind {
	return &Kind{
		Word: "distribution", Noun: "a distribution",
		About: "CloudFront in front of a bucket.",
		Parameters: []Parameter{
			inAccount(&d.Account, "account.prod"),
			{Name: "origin", Type: reference(&d.Origin, "replication"), Required: true, Example: "replication.web", Meaning: "its bucket in this account, a destination or the source"},
			{Name: "region", Type: text(&d.Region), Example: `"us-east-1"`, Meaning: "of that bucket, if there are several"},
			{Name: "aliases", Type: texts(&d.Aliases), Otherwise: "none", Example: `["www.example.com"]`, Meaning: "names of yours"},
			{Name: "certificate", Type: text(&d.Certificate).of("ARN"), Otherwise: "none", Example: `"arn:aws:acm:us-east-1:222222222222:certificate/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"`, Meaning: "their certificate, in `us-east-1`"},
			{Name: "index", Type: text(&d.Index, "index.html"), Example: `"index.html"`, Meaning: "the object that answers at `/`"},
			{Name: "access", Type: choice(&d.Access, Accesses), Example: `"control"`, Meaning: "how it reaches the bucket: `\"identity\"` keeps an origin access identity that exists"},
			{Name: "identity", Type: text(&d.Identity), Otherwise: "none", Example: `"E2QWRUHAPOMQZL"`, Meaning: "the ID of that identity"},
			{Name: "logs", Type: boolean(&d.Logs, false), Example: "true", Meaning: "access logs"},
		},
		Attributes: []Attribute{{Name: "name", read: label}},
		Hints: map[string]string{
			"acm_certificate_arn": `A distribution has no argument "acm_certificate_arn". Rename it to "certificate".`,
			"default_root_object": `A distribution has no argument "default_root_object". Rename it to "index".`,
		},
	}
}
