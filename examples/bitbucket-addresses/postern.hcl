# Bitbucket steps that come from addresses everybody can know: a runner of one's own behind the office's connection, and
# Atlassian's large machines, whose addresses Atlassian publishes.

account "prod" {
  id     = "222222222222"
  region = "us-east-1"
}

issuer "bitbucket" {
  bitbucket {
    workspace      = "acme"
    workspace_uuid = "3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f"
  }
}

# The addresses that the world sees, not those of the machines inside.
runner "office" {
  addresses = ["198.51.100.7", "198.51.100.8/30"]
  issuer    = issuer.bitbucket
}

# Steps of size 4x or 8x with runtime { cloud { atlassian-ip-ranges: true } }. Smaller steps leave from addresses of
# all of AWS's customers. Many customers share these too: the token's subject says which repository it is.
# The file is an excerpt with addresses of nobody's. Get yours: curl -so ip-ranges.json https://ip-ranges.atlassian.com/
# A trust policy has room for some seventy ranges. If there are more, the condition can ask for a region as well.
runner "cloud" {
  issuer = issuer.bitbucket
  addresses = [
    for item in jsondecode(file("ip-ranges.json")).items : item.cidr
    if contains(item.product, "bitbucket") && contains(item.direction, "egress")
  ]
  hosted {
    vendor  = "atlassian"
    regions = ["us-east-1", "us-west-2"]
  }
}

locals {
  app  = "{c3d4e5f6-0000-4000-8000-000000000001}"
  site = "{c3d4e5f6-0000-4000-8000-000000000003}"
}

# What everything may do in the end is bounded by a policy that the security team keeps.
role "deploy" {
  account              = account.prod
  runners              = [runner.office]
  repositories         = [local.app]
  permissions_boundary = "arn:aws:iam::222222222222:policy/ci-boundary"
  max_session          = 7200

  allow {
    actions   = ["lambda:UpdateFunctionCode"]
    resources = ["arn:aws:lambda:us-east-1:222222222222:function:app-*"]
  }
}

# From either place.
role "publish" {
  account      = account.prod
  name         = "publish-site"
  runners      = [runner.cloud, runner.office]
  repositories = [local.site]

  allow {
    actions   = ["s3:PutObject", "s3:DeleteObject"]
    resources = ["arn:aws:s3:::acme-site/*"]
  }
  allow {
    actions   = ["s3:ListBucket"]
    resources = ["arn:aws:s3:::acme-site"]
  }
}
