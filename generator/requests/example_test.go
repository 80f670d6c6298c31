package requests_test

import (
	"fmt"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/requests"
)

func compile(name string, s policy.Statement) *policy.Policy {
	p, err := policy.Compile(policy.Resource, name, policy.Document{Statements: []policy.Statement{s}})
	if err != nil {
		panic(err)
	}
	return p
}

// A bucket is meant for one network, and its policy names the private range of that network without the VPC.
func Example() {
	read := policy.Statement{
		Effect: policy.Allow, Principal: policy.Anyone,
		Actions: []string{"s3:GetObject"}, Resources: policy.Literals("arn:aws:s3:::packages/*"),
	}
	inRange := policy.When("IpAddress", "aws:VpcSourceIp", "10.0.0.0/16")
	is, should := read, read
	is.Conditions = []policy.Condition{inRange}
	should.Conditions = []policy.Condition{inRange, policy.When("StringEquals", "aws:SourceVpc", "vpc-1")}

	bucket, meant := compile("bucket packages", is), compile("the spec", should)
	u, err := requests.Tell(bucket, meant)
	if err != nil {
		panic(err)
	}
	fmt.Println("less:", !u.Of(meant).Minus(u.Of(bucket)).IsEmpty())
	r, more := u.Of(bucket).Minus(u.Of(meant)).Possible().Smallest()
	fmt.Println("more:", more, "-", r.Caller, r.Action, r.Resource)
	for key, values := range r.Context.All() {
		fmt.Println(key, values[0])
	}
	// Output:
	// less: false
	// more: true - anyone s3:GetObject arn:aws:s3:::packages/other
	// aws:SourceVpc other
	// aws:VpcSourceIp 10.0.0.0
}
