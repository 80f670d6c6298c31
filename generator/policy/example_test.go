package policy_test

import (
	"fmt"

	"github.com/postern-dev/postern/generator/policy"
)

func Example() {
	document, err := policy.Parse(`{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "Deploy",
			"Effect": "Allow",
			"Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/ci.example.com"},
			"Action": "sts:AssumeRoleWithWebIdentity",
			"Condition": {
				"StringEquals": {"ci.example.com:sub": "repo:acme/app"},
				"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}
			}
		}]
	}`)
	if err != nil {
		fmt.Println(err)
	}
	trust, err := policy.Compile(policy.Trust, "role deploy", document)
	if err != nil {
		fmt.Println(err)
	}

	from := func(address string) policy.Request {
		return policy.Request{
			Caller:   policy.AsFederated(policy.Literal("arn:aws:iam::111111111111:oidc-provider/ci.example.com")),
			Action:   "sts:AssumeRoleWithWebIdentity",
			Resource: policy.Literal("arn:aws:iam::111111111111:role/deploy"),
			Context: policy.Context{}.
				With("ci.example.com:sub", policy.Literal("repo:acme/app")).
				With("aws:SourceIp", policy.Literal(address)),
		}
	}
	fmt.Println(policy.Evaluate(from("203.0.113.9"), trust))
	fmt.Println(policy.Evaluate(from("198.51.100.1"), trust))
	// Output:
	// allowed by statement Deploy of the trust policy of role deploy
	// denied: no statement of the trust policy allows it
	//   statement Deploy of the trust policy of role deploy: IpAddress aws:SourceIp 203.0.113.0/24 does not hold for 198.51.100.1
}

// A value that is known only after apply is a symbol: it equals itself and nothing else.
func ExampleAddress() {
	vpc := policy.Address("aws_vpc", "ci", "id")
	endpoint, err := policy.Compile(policy.Identity, "", policy.Document{Statements: []policy.Statement{{
		Effect: policy.Allow, Actions: []string{"s3:*"}, Resources: policy.Literals("*"),
		Conditions: []policy.Condition{{Operator: "StringEquals", Key: "aws:SourceVpc", Values: []policy.Text{vpc}}},
	}}})
	if err != nil {
		fmt.Println(err)
	}
	for _, from := range []policy.Text{vpc, policy.Address("aws_vpc", "other", "id"), policy.Literal("vpc-1")} {
		r := policy.Request{
			Caller: policy.AsUser("arn:aws:iam::111111111111:user/anna"), Action: "s3:GetObject", Resource: policy.Literal("arn:aws:s3:::web/a"),
			Context: policy.Context{}.With("aws:SourceVpc", from),
		}
		fmt.Println(from, policy.Evaluate(r, endpoint).Outcome)
	}
	// Output:
	// ${aws_vpc.ci.id} Allowed
	// ${aws_vpc.other.id} ImplicitlyDenied
	// vpc-1 ImplicitlyDenied
}
