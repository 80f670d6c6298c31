account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-central-1"
}

replication "web" {
  from {
    account = account.tooling
  }
  to {
    account = account.prod
  }
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
  publish   = [replication.web]
}
