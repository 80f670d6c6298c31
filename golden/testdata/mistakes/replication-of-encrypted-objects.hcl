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
    kms_key    = "arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
  }
  to {
    account = account.prod
  }
  encryption = "aws"
}
