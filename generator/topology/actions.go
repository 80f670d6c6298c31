package topology

import (
	"slices"

	"github.com/postern-dev/postern/generator/policy"
)

// ViaService limits a key to requests that a service of the place's partition makes on the caller's behalf.
func (p Place) ViaService(service, region string) policy.Condition {
	return policy.When("StringEquals", "kms:ViaService", service+"."+region+"."+p.Account.Partition.DNSSuffix)
}

// Actions on an image. Source: Amazon ECR User Guide, "IAM permissions for pushing an image" and "… for pulling".
var (
	PullActions = []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
	PushActions = []string{
		"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
	}
)

// Unique are texts sorted, each once. It takes the list for itself.
func Unique(ss []string) []string {
	slices.Sort(ss)
	return slices.Compact(ss)
}
