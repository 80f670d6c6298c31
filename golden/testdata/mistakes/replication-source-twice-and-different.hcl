account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-central-1"
}

replication "web" {
  prefix = "web/"
  from {
    account    = account.tooling
    bucket     = "acme-web"
    existing   = true
    versioning = true
  }
  to {
    account = account.prod
  }
}

replication "shop" {
  prefix = "shop/"
  from {
    account    = account.tooling
    bucket     = "acme-web"
    existing   = true
    versioning = true
  }
  to {
    account = account.prod
  }
}
