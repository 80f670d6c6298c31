// Package distributions makes CloudFront distributions, each in front of one bucket that nobody else reads from outside.
package distributions

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// Blueprint makes distributions.
type Blueprint struct{}

// Name of the blueprint.
func (Blueprint) Name() string { return "distributions" }

// Emit writes distribution_NAME.tf into the storage stack of each origin: the policies of the bucket and of its key name
// the distribution, so all of them are in one stack.
func (Blueprint) Emit(t *topology.Topology) ([]tf.File, hcl.Diagnostics) {
	var files []tf.File
	for _, of := range t.Distributions {
		d := distribution{of}
		var blocks []*tf.Block
		if d.Identity == "" {
			blocks = append(blocks, d.control())
		}
		it := d.resource()
		stack := d.Origin.Stack(topology.StorageLayer)
		files = append(files, tf.File{Path: stack + "/distribution_" + d.Name + ".tf", Blocks: append(blocks, it)},
			tf.File{Path: stack + "/outputs.tf", Blocks: d.outputs(it)})
	}
	return files, nil
}

// A distribution is one distribution on its way to Terraform.
type distribution struct{ *topology.Distribution }

func (d distribution) outputs(it *tf.Block) []*tf.Block {
	where := "Where distribution." + d.Name + " answers."
	if len(d.Aliases) > 0 {
		where = "Where distribution." + d.Name + " answers; its aliases are CNAMEs of this name."
	}
	return []*tf.Block{
		tf.Output(d.Name+"_domain_name", where, tf.Text(it.Ref("domain_name"))),
		tf.Output(d.Name+"_distribution_id", "What an invalidation asks for: aws cloudfront create-invalidation --distribution-id.", tf.Text(it.Ref("id"))),
	}
}

// control is as what CloudFront reads: as this distribution, and no other.
// Source: Amazon CloudFront Developer Guide, "Restrict access to an Amazon S3 origin".
func (d distribution) control() *tf.Block {
	return tf.Resource("aws_cloudfront_origin_access_control", d.Name,
		tf.Attr("name", tf.String(d.Origin.Bucket)),
		tf.Attr("description", tf.String("distribution."+d.Name)),
		tf.Attr("origin_access_control_origin_type", tf.String("s3")),
		tf.Attr("signing_behavior", tf.String("always")),
		tf.Attr("signing_protocol", tf.String("sigv4"))).
		Because("CloudFront signs what it asks of S3, whatever the viewer sends.")
}

func (d distribution) resource() *tf.Block {
	var aliases tf.Value
	if len(d.Aliases) > 0 {
		aliases = tf.Strings(d.Aliases)
	}
	items := []tf.Item{
		tf.Attr("enabled", tf.Bool(true)),
		tf.Attr("comment", tf.String("distribution."+d.Name)),
		tf.Attr("aliases", aliases),
		tf.Attr("default_root_object", tf.String(d.Index)),
		tf.Attr("http_version", tf.String("http2and3")),
		tf.Attr("is_ipv6_enabled", tf.Bool(true)),
		tf.Gap(),
	}
	for _, skip := range d.skips() {
		items = append(items, tf.Because("checkov:skip="+skip))
	}
	items = append(items, d.origin(), behavior(), d.certificate(),
		tf.Nest("restrictions", tf.Nest("geo_restriction", tf.Attr("restriction_type", tf.String("none")))))
	if d.LogBucket != "" {
		items = append(items, d.logs()...)
	}
	return tf.Resource("aws_cloudfront_distribution", d.Name, items...).
		Because("distribution." + d.Name + " answers with what is in the bucket. A missing object is a 403: it may read, and may not list.")
}

func (d distribution) skips() []string {
	out := []string{
		"CKV_AWS_68:what is here is public and static; a firewall is yours to add",
		"CKV2_AWS_47:what is here is public and static; a firewall is yours to add",
		"CKV_AWS_310:S3 is the only origin",
		"CKV_AWS_374:the spec names no countries",
		"CKV2_AWS_32:the policy is one of AWS's own, by its ID",
	}
	if d.LogBucket == "" {
		out = append(out, "CKV_AWS_86:the spec asks for no access logs")
	}
	if d.Certificate == "" {
		out = append(out, "CKV2_AWS_42:it has no name but CloudFront's own", "CKV_AWS_174:with CloudFront's own certificate the minimum is CloudFront's choice")
	}
	return out
}

func (d distribution) origin() tf.Item {
	items := []tf.Item{
		tf.Attr("origin_id", tf.String("bucket")),
		tf.Attr("domain_name", tf.Text(policy.Address("aws_s3_bucket", d.Origin.Label, "bucket_regional_domain_name"))),
	}
	if d.Identity == "" {
		items = append(items, tf.Attr("origin_access_control_id", tf.Text(policy.Address("aws_cloudfront_origin_access_control", d.Name, "id"))))
	} else {
		items = append(items, tf.Nest("s3_origin_config", tf.Attr("origin_access_identity", tf.String("origin-access-identity/cloudfront/"+d.Identity))).
			Because("An identity that exists already, for those who migrate. AWS recommends a control in its place: remove access from the spec."))
	}
	return tf.Nest("origin", items...)
}

// Policies that AWS manages, by the IDs that they have in every account. Sources: Amazon CloudFront Developer Guide, "Use
// managed cache policies" and "Use managed response headers policies".
const (
	cachingOptimized      = "658327ea-f89d-4fab-a63d-7e88639e58f6"
	securityHeadersPolicy = "67f7725c-6f97-4210-82d7-5512b31e9d03"
)

func behavior() tf.Item {
	return tf.Nest("default_cache_behavior",
		tf.Attr("target_origin_id", tf.String("bucket")),
		tf.Attr("allowed_methods", tf.Strings([]string{"GET", "HEAD"})),
		tf.Attr("cached_methods", tf.Strings([]string{"GET", "HEAD"})),
		tf.Attr("viewer_protocol_policy", tf.String("redirect-to-https")),
		tf.Attr("compress", tf.Bool(true)),
		tf.Gap(),
		tf.Because("CachingOptimized: as the objects' Cache-Control says, otherwise for a day."),
		tf.Attr("cache_policy_id", tf.String(cachingOptimized)),
		tf.Gap(),
		tf.Because("SecurityHeadersPolicy: HTTPS for a year (HSTS), no frames of other sites, no guessing of types."),
		tf.Attr("response_headers_policy_id", tf.String(securityHeadersPolicy)))
}

// certificate is for the aliases. Source: Amazon CloudFront Developer Guide, "Supported protocols and ciphers between
// viewers and CloudFront".
func (d distribution) certificate() tf.Item {
	if d.Certificate == "" {
		return tf.Nest("viewer_certificate", tf.Attr("cloudfront_default_certificate", tf.Bool(true))).
			Because("CloudFront's own certificate, with which CloudFront decides what TLS is the least: aliases and a certificate for TLS 1.2.")
	}
	return tf.Nest("viewer_certificate",
		tf.Attr("acm_certificate_arn", tf.String(d.Certificate)),
		tf.Attr("minimum_protocol_version", tf.String("TLSv1.2_2021")),
		tf.Attr("ssl_support_method", tf.String("sni-only")))
}

// logs are delivered once the bucket takes ACLs: CloudFront refuses it before.
func (d distribution) logs() []tf.Item {
	label := d.Name + "_logs"
	return []tf.Item{
		tf.Nest("logging_config",
			tf.Attr("bucket", tf.Text(policy.Address("aws_s3_bucket", label, "bucket_domain_name"))),
			tf.Attr("include_cookies", tf.Bool(false))),
		tf.Gap(),
		tf.Because("CloudFront takes a bucket for logs that takes ACLs."),
		tf.Attr("depends_on", tf.List(tf.Text(policy.Address("aws_s3_bucket_ownership_controls", label)))),
	}
}
