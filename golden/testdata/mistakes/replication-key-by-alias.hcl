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
    account    = account.tooling
    bucket     = "acme-web"
    existing   = true
    versioning = true
    kms_key    = "arn:aws:kms:eu-west-1:111111111111:alias/web"
  }
  to {
    account = account.prod
  }
}
