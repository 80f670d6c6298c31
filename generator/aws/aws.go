// Package aws holds what postern knows about AWS that no spec says: partitions, ARNs and VPC endpoint
// services. A fact that no public document confirms is marked "believed" beside it.
package aws

import (
	"regexp"
	"strings"
)

// A Partition is one of AWS's separate worlds: its name in ARNs, and the suffix of its host names.
type Partition struct {
	Name      string // "aws", "aws-cn", …
	DNSSuffix string // "amazonaws.com", "amazonaws.com.cn", …
}

// partitions by the prefix of their regions' names, the longest first.
// Source: botocore's partitions.json, https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
var partitions = []struct {
	prefix string
	Partition
}{
	{"us-isob-", Partition{"aws-iso-b", "sc2s.sgov.gov"}},
	{"us-isof-", Partition{"aws-iso-f", "csp.hci.ic.gov"}},
	{"eu-isoe-", Partition{"aws-iso-e", "cloud.adc-e.uk"}},
	{"us-iso-", Partition{"aws-iso", "c2s.ic.gov"}},
	{"us-gov-", Partition{"aws-us-gov", "amazonaws.com"}},
	{"eusc-", Partition{"aws-eusc", "amazonaws.eu"}},
	{"cn-", Partition{"aws-cn", "amazonaws.com.cn"}},
	{"", Partition{"aws", "amazonaws.com"}},
}

// PartitionOf returns the partition of a region. Region names that no partition claims belong to "aws".
func PartitionOf(region string) Partition {
	for _, p := range partitions {
		if strings.HasPrefix(region, p.prefix) {
			return p.Partition
		}
	}
	panic("unreachable: every name starts with the empty prefix")
}

var regionPattern = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]$`)

// IsRegion tells whether a name has the form of a region: "eu-west-1", "us-gov-east-1", "cn-north-1".
// It does not know which regions exist, so that a new one works on the day it opens.
func IsRegion(name string) bool { return regionPattern.MatchString(name) }

// ARN joins the parts of an Amazon Resource Name; region and account are empty where the service has none.
// Source: IAM User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)".
func (p Partition) ARN(service, region, account, resource string) string {
	return strings.Join([]string{"arn", p.Name, service, region, account, resource}, ":")
}
