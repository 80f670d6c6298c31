package aws

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPartitionOf(t *testing.T) {
	for region, want := range map[string]Partition{
		"eu-west-1":      {"aws", "amazonaws.com"},
		"ap-northeast-1": {"aws", "amazonaws.com"},
		"cn-north-1":     {"aws-cn", "amazonaws.com.cn"},
		"us-gov-west-1":  {"aws-us-gov", "amazonaws.com"},
		"us-iso-east-1":  {"aws-iso", "c2s.ic.gov"},
		"us-isob-east-1": {"aws-iso-b", "sc2s.sgov.gov"},
		"eusc-de-east-1": {"aws-eusc", "amazonaws.eu"},
	} {
		assert.Equal(t, want, PartitionOf(region), region)
		assert.True(t, IsRegion(region), region)
	}
	for _, region := range Regions() {
		assert.True(t, IsRegion(region), region)
	}
	assert.True(t, IsDefault("sa-east-1"))
	assert.False(t, IsDefault("ap-southeast-5"))
	assert.False(t, IsDefault("cn-north-1"))
	for _, wrong := range []string{"", "eu-west", "eu_west_1", "EU-WEST-1", "eu-west-1a", "europe-west-1 ", "tokyo"} {
		assert.False(t, IsRegion(wrong), wrong)
	}
}

func TestEndpointName(t *testing.T) {
	for _, c := range []struct {
		region  string
		service Service
		want    string
	}{
		{"eu-west-1", ECRDocker, "com.amazonaws.eu-west-1.ecr.dkr"},
		{"cn-north-1", ECRDocker, "cn.com.amazonaws.cn-north-1.ecr.dkr"},
		{"cn-north-1", S3, "com.amazonaws.cn-north-1.s3"}, // the gateway; only the interface endpoint is named otherwise
		{"cn-north-1", Logs, "com.amazonaws.cn-north-1.logs"},
		{"us-gov-west-1", STS, "com.amazonaws.us-gov-west-1.sts"},
		{"eusc-de-east-1", ECRAPI, "eu.amazonaws.eusc-de-east-1.ecr.api"},
		{"us-isob-east-1", ECRAPI, "gov.sgov.sc2s.us-isob-east-1.ecr.api"},
	} {
		assert.Equal(t, c.want, PartitionOf(c.region).EndpointName(c.region, c.service))
	}
}

func TestServices(t *testing.T) {
	assert.True(t, Services()[0].IsKnown())
	assert.False(t, Service("gibberish").IsKnown())
	assert.True(t, S3.IsGateway())
	assert.False(t, ECRDocker.IsGateway())
	assert.Equal(t, "ecr_dkr", ECRDocker.Label())
	assert.False(t, PartitionOf("cn-north-1").HasEndpoint("codeartifact.api"))
	assert.True(t, PartitionOf("cn-north-1").HasEndpoint(STS))
}
