package distributions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/postern-dev/postern/blueprints/distributions"
	"github.com/postern-dev/postern/generator/generatortest"
)

// emit runs the blueprint over distribution.site with more in it, in front of a replica in production.
func emit(t *testing.T, more, encryption string) *generatortest.Files {
	t.Helper()
	return generatortest.Emit(t, distributions.Blueprint{}, `
postern { prefix = "acme" }
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
account "prod" {
  id     = "222222222222"
  region = "us-east-1"
}
replication "web" {
  from { account = account.tooling }
  to { account = account.prod }
  encryption = "`+encryption+`"
}
distribution "site" {
  account = account.prod
  origin  = replication.web
`+more+`
}
`)
}

const it = "aws_cloudfront_distribution.site"

func TestItReadsAsItself(t *testing.T) {
	files := emit(t, "", "kms")
	assert.Contains(t, files.Text, "prod/us-east-1/storage/distribution_site.tf", "where the policies name it")
	assert.Equal(t, "${aws_cloudfront_origin_access_control.site.id}", files.Attr(it, "origin.origin_access_control_id"))
	assert.Equal(t, "always", files.Attr("aws_cloudfront_origin_access_control.site", "signing_behavior"))
	assert.Equal(t, "${aws_s3_bucket.web_replica.bucket_regional_domain_name}", files.Attr(it, "origin.domain_name"), "the bucket is made first")
	assert.Equal(t, "${aws_cloudfront_distribution.site.domain_name}", files.Attr("output.site_domain_name", "value"))
}

func TestAnIdentityThatExists(t *testing.T) {
	files := emit(t, "access = \"identity\"\n  identity = \"E2QWRUHAPOMQZL\"", "aws")
	assert.Empty(t, files.All("aws_cloudfront_origin_access_control"))
	assert.Nil(t, files.Attr(it, "origin.origin_access_control_id"))
	assert.Equal(t, "origin-access-identity/cloudfront/E2QWRUHAPOMQZL", files.Attr(it, "origin.s3_origin_config.origin_access_identity"))
}

func TestCertificate(t *testing.T) {
	const arn = "arn:aws:acm:us-east-1:222222222222:certificate/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
	own := emit(t, "aliases = [\"www.example.com\"]\n  certificate = \""+arn+"\"", "kms")
	assert.Equal(t, arn, own.Attr(it, "viewer_certificate.acm_certificate_arn"))
	assert.Equal(t, "TLSv1.2_2021", own.Attr(it, "viewer_certificate.minimum_protocol_version"))
	assert.Equal(t, []any{"www.example.com"}, own.Attr(it, "aliases"))

	theirs := emit(t, "", "kms")
	assert.Equal(t, true, theirs.Attr(it, "viewer_certificate.cloudfront_default_certificate"))
	assert.Nil(t, theirs.Attr(it, "viewer_certificate.minimum_protocol_version"), "CloudFront would not heed it")
	assert.Nil(t, theirs.Attr(it, "aliases"))
}

func TestViewers(t *testing.T) {
	files := emit(t, `index = "start.html"`, "kms")
	assert.Equal(t, "start.html", files.Attr(it, "default_root_object"))
	assert.Equal(t, "redirect-to-https", files.Attr(it, "default_cache_behavior.viewer_protocol_policy"))
	assert.NotEmpty(t, files.Attr(it, "default_cache_behavior.response_headers_policy_id"))
	assert.Equal(t, []any{"GET", "HEAD"}, files.Attr(it, "default_cache_behavior.allowed_methods"))
}

func TestLogs(t *testing.T) {
	files := emit(t, "logs = true", "kms")
	assert.Equal(t, "${aws_s3_bucket.site_logs.bucket_domain_name}", files.Attr(it, "logging_config.bucket"))
	assert.Equal(t, []any{"${aws_s3_bucket_ownership_controls.site_logs}"}, files.Attr(it, "depends_on"), "CloudFront refuses a bucket without ACLs")
	quiet := emit(t, "", "kms")
	assert.Nil(t, quiet.Attr(it, "logging_config.bucket"))
	assert.Contains(t, quiet.Text["prod/us-east-1/storage/distribution_site.tf"], "#checkov:skip=CKV_AWS_86:")
}

func TestInFrontOfASource(t *testing.T) {
	files := generatortest.Emit(t, distributions.Blueprint{}, `
account "web" {
  id     = "111111111111"
  region = "eu-west-1"
}
replication "web" {
  from { account = account.web }
  to {
    account = account.web
    region  = "us-east-1"
  }
}
distribution "site" {
  account = account.web
  origin  = replication.web
  region  = "eu-west-1"
}
`)
	assert.Contains(t, files.Text, "web/eu-west-1/storage/distribution_site.tf")
	assert.Equal(t, "${aws_s3_bucket.web.bucket_regional_domain_name}", files.Attr(it, "origin.domain_name"))
}
