package policy

import (
	"fmt"
	"testing"
)

// rolesAndRunners are trust policies as the roles of a CI platform have them, and the requests of its runners.
func rolesAndRunners(roles, runners int) ([]*Policy, []Request) {
	provider := Literal("arn:aws:iam::111111111111:oidc-provider/" + issuer)
	var trusts []*Policy
	for i := range roles {
		trusts = append(trusts, mustCompile(Trust, Document{Statements: []Statement{{
			Effect: Allow, Principal: Federated(provider), Actions: []string{"sts:AssumeRoleWithWebIdentity"},
			Conditions: []Condition{
				When("StringEquals", issuer+":aud", "sts.amazonaws.com"),
				When("StringLike", issuer+":sub", fmt.Sprintf("repo:acme/app-%d:*", i)),
				{Operator: "StringEquals", Key: "aws:SourceVpc", Values: []Text{Address("aws_vpc", "ci", "id")}},
				When("IpAddress", "aws:VpcSourceIp", "10.0.0.0/20", "10.1.0.0/20"),
			},
		}}}))
	}
	var requests []Request
	for i := range runners {
		requests = append(requests, Request{
			Caller: AsFederated(provider), Action: "sts:AssumeRoleWithWebIdentity", Resource: Literal("arn:aws:iam::111111111111:role/deploy"),
			Context: Context{}.With(issuer+":aud", Literal("sts.amazonaws.com")).With(issuer+":sub", Literal(fmt.Sprintf("repo:acme/app-%d:x", i))).
				With("aws:SourceVpc", Address("aws_vpc", "ci", "id")).With("aws:VpcSourceIp", Literal("10.1.2.3")),
		})
	}
	return trusts, requests
}

// BenchmarkRolesAndRunners asks of 1,000 roles which of 50 runners may assume them.
func BenchmarkRolesAndRunners(b *testing.B) {
	trusts, requests := rolesAndRunners(1_000, 50)
	endpoint := mustCompile(Endpoint, Document{Statements: []Statement{{
		Effect: Allow, Principal: Anyone, Actions: []string{"sts:AssumeRoleWithWebIdentity"}, Resources: Literals("*"),
		Conditions: []Condition{When("StringEquals", "aws:ResourceAccount", "111111111111", "222222222222")},
	}}})
	for b.Loop() {
		allowed := 0
		for _, trust := range trusts {
			for _, r := range requests {
				if Evaluate(r, trust, endpoint).Allowed() {
					allowed++
				}
			}
		}
		if allowed != len(requests) {
			b.Fatalf("%d are allowed", allowed)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(trusts)*len(requests)), "ns/decision")
}

func BenchmarkCompile(b *testing.B) {
	trusts, _ := rolesAndRunners(1, 0)
	for b.Loop() {
		if _, err := Compile(Trust, "", trusts[0].Document); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	trusts, _ := rolesAndRunners(1, 0)
	text := trusts[0].Document.JSON()
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
