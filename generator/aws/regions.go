package aws

import "slices"

// defaultRegions are those of the partition aws that every account has. Those opened since 20 March 2019 are opt-in, and
// so will be those to come.
// Sources: AWS Account Management Reference Guide, "Enable or disable AWS Regions in your account"; AWS Regions and
// Availability Zones, "AWS Regions".
var defaultRegions = []string{
	"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1",
	"eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
}

// otherRegions are opt-in, or of other partitions.
// Sources: the same; botocore's partitions.json for the other partitions.
var otherRegions = []string{
	"af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6",
	"ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1", "me-central-1", "me-south-1", "mx-central-1",
	"cn-north-1", "cn-northwest-1", "eu-isoe-west-1", "eusc-de-east-1", "us-gov-east-1", "us-gov-west-1", "us-iso-east-1", "us-iso-west-1",
	"us-isob-east-1", "us-isob-west-1", "us-isof-east-1", "us-isof-south-1",
}

// IsDefault tells whether every account of the partition aws has a region without opting in.
func IsDefault(region string) bool { return slices.Contains(defaultRegions, region) }

// Regions are those that were open when this was written. A region that is not among them may be new.
func Regions() []string { return slices.Concat(defaultRegions, otherRegions) }
