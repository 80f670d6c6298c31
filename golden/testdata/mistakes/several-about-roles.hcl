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
  addresses = ["10.0.0.7"]
  issuer    = issuer.bitbucket
}

runner "dev" {
  issuer = issuer.bitbucket
}

role "deploy" {
  account      = account.prod
  runners      = [runner.office]
  repositories = ["acme/app"]
  branches     = ["main"]
  max_session  = 60
  guard        = "both"

  allow {
    actions   = ["UpdateService"]
    resources = []
  }
}
