package aws

import (
	"maps"
	"slices"
	"strings"
)

// A Service is something a VPC endpoint can lead to, by the last part of its service name: "ecr.dkr", "logs", "s3".
type Service string

// The services that postern derives from a runner's work.
const (
	CodeCommitGit  Service = "git-codecommit"
	ECRAPI         Service = "ecr.api"
	ECRDocker      Service = "ecr.dkr"
	Logs           Service = "logs"
	S3             Service = "s3"
	SecretsManager Service = "secretsmanager"
	SSM            Service = "ssm"
	STS            Service = "sts"
)

// DynamoDB is a service that vendors' machines may reach through endpoints of the vendor's. No network of ours has one.
const DynamoDB Service = "dynamodb"

// endpoint is what we know of one service's endpoint.
type endpoint struct {
	action   string   // the prefix of its IAM actions
	noPolicy bool     // no public document says that the endpoint takes a policy
	missing  []string // partitions without the endpoint
}

// endpoints are the services with an endpoint that a CI runner may call.
// Sources: "AWS services that integrate with AWS PrivateLink" in the PrivateLink guide, and each service's own page on
// interface endpoints. ecr.dkr takes a policy: AWS Containers Blog, "Using VPC endpoint policies to control Amazon ECR
// access". That CodeDeploy has no endpoints in GovCloud is from the CodeDeploy guide of 2022; the other missing
// partitions are believed.
var endpoints = map[Service]endpoint{
	"autoscaling":                {action: "autoscaling"},
	"cloudformation":             {action: "cloudformation"},
	"codeartifact.api":           {action: "codeartifact", missing: []string{"aws-cn", "aws-us-gov"}},
	"codeartifact.repositories":  {action: "codeartifact", missing: []string{"aws-cn", "aws-us-gov"}},
	"codebuild":                  {action: "codebuild"},
	"codecommit":                 {action: "codecommit"},
	"codeconnections.api":        {action: "codeconnections", noPolicy: true, missing: []string{"aws-cn"}},
	"codedeploy":                 {action: "codedeploy", noPolicy: true, missing: []string{"aws-us-gov"}},
	"codedeploy-commands-secure": {action: "codedeploy-commands-secure", noPolicy: true, missing: []string{"aws-us-gov"}},
	"codepipeline":               {action: "codepipeline", noPolicy: true},
	"ec2":                        {action: "ec2"},
	"ec2messages":                {action: "ec2messages"},
	ECRAPI:                       {action: "ecr"},
	ECRDocker:                    {action: "ecr"},
	"ecs":                        {action: "ecs"},
	"ecs-agent":                  {action: "ecs", noPolicy: true},
	"ecs-telemetry":              {action: "ecs", noPolicy: true},
	"eks":                        {action: "eks"},
	"elasticloadbalancing":       {action: "elasticloadbalancing"},
	"events":                     {action: "events"},
	CodeCommitGit:                {action: "codecommit"},
	"kms":                        {action: "kms"},
	"lambda":                     {action: "lambda"},
	Logs:                         {action: "logs"},
	"monitoring":                 {action: "cloudwatch"},
	S3:                           {action: "s3"},
	SecretsManager:               {action: "secretsmanager"},
	"sns":                        {action: "sns"},
	"sqs":                        {action: "sqs"},
	SSM:                          {action: "ssm"},
	"ssmmessages":                {action: "ssmmessages"},
	"states":                     {action: "states"},
	STS:                          {action: "sts"},
}

// foreignPrefix are the endpoints whose service name does not begin with "com.amazonaws".
// Source: the table of aws/aws-cdk, packages/aws-cdk-lib/aws-ec2/lib/vpc-endpoint.ts.
var foreignPrefix = map[string]struct {
	prefix   string
	services []Service
}{
	"aws-cn": {"cn.com.amazonaws", []Service{
		"autoscaling", "cloudformation", "codedeploy-commands-secure", "ec2", ECRAPI, ECRDocker, "eks", "lambda",
		"monitoring", "sqs", "states", STS,
	}},
	"aws-eusc":  {"eu.amazonaws", []Service{ECRAPI, ECRDocker}},
	"aws-iso":   {"gov.ic.c2s", []Service{ECRAPI, ECRDocker}},
	"aws-iso-b": {"gov.sgov.sc2s", []Service{ECRAPI, ECRDocker}},
	"aws-iso-f": {"gov.ic.hci.csp", []Service{ECRAPI, ECRDocker}},
	"aws-iso-e": {"uk.adc-e.cloud", []Service{ECRAPI, ECRDocker}},
}

// Services returns the names of all services that are known, sorted.
func Services() []Service { return slices.Sorted(maps.Keys(endpoints)) }

// ServicesOf are the services that take actions with a prefix ("ecs"), the one that is called so first. None: it is not known.
func ServicesOf(prefix string) (out []Service) {
	for _, s := range Services() {
		if endpoints[s].action != prefix {
			continue
		}
		if string(s) == prefix {
			out = slices.Insert(out, 0, s)
		} else {
			out = append(out, s)
		}
	}
	return out
}

// IsKnown tells whether postern knows an endpoint of that name.
func (s Service) IsKnown() bool { _, ok := endpoints[s]; return ok }

// IsGateway tells whether the endpoint is a route instead of an interface. Of DynamoDB's, postern has no use.
func (s Service) IsGateway() bool { return s == S3 }

// TakesPolicy tells whether an endpoint policy can be attached.
func (s Service) TakesPolicy() bool { return !endpoints[s].noPolicy }

// Actions is the pattern of all of the service's actions: "codebuild:*".
func (s Service) Actions() string { return endpoints[s].action + ":*" }

// Label is the service's name as part of a Terraform name: "ecr_dkr".
func (s Service) Label() string { return labels.Replace(string(s)) }

var labels = strings.NewReplacer(".", "_", "-", "_")

// HasEndpoint tells whether the partition has the service's endpoint.
func (p Partition) HasEndpoint(s Service) bool { return !slices.Contains(endpoints[s].missing, p.Name) }

// EndpointName is the name under which the endpoint of a service is ordered: "com.amazonaws.eu-west-1.ecr.dkr".
func (p Partition) EndpointName(region string, s Service) string {
	prefix := "com.amazonaws"
	if f := foreignPrefix[p.Name]; slices.Contains(f.services, s) {
		prefix = f.prefix
	}
	return prefix + "." + region + "." + string(s)
}

// LayerBucket is the bucket that ECR of a region hands out image layers from.
// Source: Amazon ECR User Guide, "Minimum Amazon S3 Bucket Permissions for Amazon ECR".
func (p Partition) LayerBucket(region string) string {
	return p.ARN("s3", "", "", "prod-"+region+"-starport-layer-bucket")
}
