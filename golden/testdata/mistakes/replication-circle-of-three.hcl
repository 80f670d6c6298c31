account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-central-1"
}

replication "a" {
  from {
    account    = account.tooling
    bucket     = "acme-one"
    existing   = true
    versioning = true
  }
  to {
    account    = account.prod
    bucket     = "acme-two"
    existing   = true
    versioning = true
  }
}

replication "b" {
  from {
    account    = account.prod
    bucket     = "acme-two"
    existing   = true
    versioning = true
  }
  to {
    account = account.tooling
    region  = "us-east-1"
    bucket  = "acme-three"
  }
  encryption = "aws"
}

replication "c" {
  from {
    account    = account.tooling
    region     = "us-east-1"
    bucket     = "acme-three"
    existing   = true
    versioning = true
  }
  to {
    account    = account.tooling
    bucket     = "acme-one"
    existing   = true
    versioning = true
  }
}
