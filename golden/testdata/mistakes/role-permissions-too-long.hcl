account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

issuer "bitbucket" {
  bitbucket {
    workspace      = "acme"
    workspace_uuid = "3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f"
  }
}

runner "office" {
  addresses = ["198.51.100.7"]
  issuer    = issuer.bitbucket
}

role "deploy" {
  account      = account.prod
  runners      = [runner.office]
  repositories = ["{c3d4e5f6-0000-4000-8000-000000000001}"]

  allow {
    actions   = ["s3:PutObject"]
    resources = [for i in range(400) : "arn:aws:s3:::acme-site-${i}/*"]
  }
}
