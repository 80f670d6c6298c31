account "ci" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "web" {
  id     = "222222222222"
  region = "eu-west-1"
}

replication "web" {
  encryption = "aws"
  from {
    account    = account.ci
    bucket     = "acme-web-staging"
    existing   = true
    versioning = true
  }
  to {
    account = account.web
  }
}

distribution "web" {
  account = account.ci
  origin  = replication.web
}
