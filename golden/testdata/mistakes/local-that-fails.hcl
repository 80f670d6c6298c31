locals {
  bucket      = account.ci.nope
  region      = account.ci.nope
  days        = account.ci.nope
  key         = account.ci.nope
  encryption  = account.ci.nope
  certificate = account.ci.nope
  runner      = account.ci.nope
  readers     = [account.ci.nope]
}

account "ci" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "web" {
  id     = "222222222222"
  region = "eu-west-1"
}

replication "web" {
  encryption      = local.encryption
  noncurrent_days = local.days
  from {
    account = account.ci
    bucket  = local.bucket
  }
  to {
    account    = account.web
    bucket     = local.bucket
    existing   = true
    versioning = true
    kms_key    = local.key
  }
  to {
    account = account.ci
    region  = local.region
  }
}

replication "shop" {
  from {
    account = account.ci
    bucket  = local.bucket
  }
  to {
    account = account.web
  }
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.web]
}

distribution "shop" {
  account     = account.web
  origin      = replication.shop
  index       = local.bucket
  aliases     = ["www.example.com"]
  certificate = local.certificate
}

package_index "py" {
  account    = account.ci
  readers    = local.readers
  publishers = [local.runner]
}
