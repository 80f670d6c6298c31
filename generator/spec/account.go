package spec

import (
	"github.com/postern-dev/postern/generator/aws"
	"github.com/zclconf/go-cty/cty"
)

// An Account is an account block.
type Account struct {
	Header
	ID         Value[string]
	Region     Value[string]
	DeployRole Value[string] // a role's name or ARN
}

func (a *Account) declare() *Kind {
	return &Kind{
		Word: "account", Noun: "an account",
		About: "An AWS account. A spec has at least one.",
		Parameters: []Parameter{
			{Name: "id", Type: accountID(&a.ID), Required: true, Example: `"111111111111"`, Meaning: "twelve digits, in quotes"},
			{Name: "region", Type: text(&a.Region), Required: true, Example: `"eu-west-1"`, Meaning: "where its things are unless they say otherwise; the partition follows from it"},
			{Name: "deploy_role", Type: text(&a.DeployRole), Example: `"deploy"`, Otherwise: "none", Meaning: "name or ARN of the role that Terraform assumes in this account"},
		},
		Attributes: []Attribute{
			{Name: "dns_suffix", read: (*evaluator).accountSuffix, Meaning: "of the partition: what the names of hosts end in"},
			{Name: "id", read: (*evaluator).accountID},
			{Name: "name", read: label},
			{Name: "partition", read: (*evaluator).accountPartition, Meaning: "what ARNs begin with, after `arn`"},
			{Name: "region", read: (*evaluator).accountRegion},
		},
	}
}

// inAccount is the argument of all that lives in an account.
func inAccount(at *Ref, example string) Parameter {
	return Parameter{Name: "account", Type: reference(at, "account"), Required: true, Example: example, Meaning: "where it is"}
}

// inRegion is the argument of all that lives in a region.
func inRegion(at *Value[string]) Parameter {
	return Parameter{Name: "region", Type: text(at), Otherwise: "the account's", Example: `"eu-west-1"`, Meaning: "where it is"}
}

func (e *evaluator) accountID(b *block) cty.Value {
	id := e.text(b, "id")
	if a := b.args["id"]; id.IsNull() || (a != nil && e.value(a).Type() == cty.Number) {
		return cty.UnknownVal(cty.String)
	}
	return id
}

func (e *evaluator) accountRegion(b *block) cty.Value {
	region := e.text(b, "region")
	if region.IsNull() {
		return cty.UnknownVal(cty.String)
	}
	return region
}

func (e *evaluator) accountPartition(b *block) cty.Value {
	return combine(func(s ...string) string { return aws.PartitionOf(s[0]).Name }, e.accountRegion(b))
}

func (e *evaluator) accountSuffix(b *block) cty.Value {
	return combine(func(s ...string) string { return aws.PartitionOf(s[0]).DNSSuffix }, e.accountRegion(b))
}
