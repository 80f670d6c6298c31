locals {
  days = 7
}

postern {
  prefix = "acme"
}

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-central-1"
}

account "china" {
  id     = "333333333333"
  region = "cn-north-1"
}

replication "web" {
  from {
    account = account.tooling
  }
  to {
    account       = account.prod
    region        = "us-east-1"
    storage_class = "STANDARD_IA"
  }
  to {
    account = account.prod
  }
  prefix           = "public/"
  object_tags      = { publish = "yes", "also this" = "${local.days}" }
  encryption       = "kms"
  time_control     = true
  delete_markers   = false
  noncurrent_days  = local.days
  existing_objects = true
}

replication "old" {
  to {
    account    = account.china
    bucket     = "theirs"
    existing   = true
    versioning = true
    kms_key    = "arn:aws-cn:kms:cn-north-1:333333333333:key/0a1b2c3d"
  }
  from {
    account    = account.china
    region     = null
    bucket     = "ours"
    existing   = true
    versioning = true
  }
}

distribution "web" {
  account     = account.prod
  origin      = replication.web
  region      = "us-east-1"
  aliases     = ["www.example.com"]
  certificate = "arn:aws:acm:us-east-1:${account.prod.id}:certificate/0a1b2c3d"
  index       = "index.html"
  access      = "identity"
  identity    = "E2QWRUHAPOMQZL"
  logs        = true
}

package_index "python" {
  account         = account.tooling
  region          = "eu-north-1"
  readers         = [runner.jenkins]
  publishers      = [runner.jenkins, role.release]
  administrators  = ["arn:aws:iam::111111111111:role/admin"]
  proxy           = true
  noncurrent_days = 90
}

package_index "named" {
  account    = account.china
  bucket     = "acme-${account.china.region}"
  readers    = []
  publishers = []
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.web, replication["old"]]
}

role "release" {
  account = account.prod
  runners = [runner.jenkins]
  publish = [for r in replication : r]
  allow {
    actions = ["s3:ListBucket"]
    resources = [
      replication.web.bucket_arn, "arn:aws:s3:::${replication.old.bucket}", replication.web.role_arn,
      package_index.python.arn, "arn:aws-cn:s3:::${package_index.named.bucket}", replication.old.bucket_arn,
    ]
  }
  managed_policies = [replication.web.name, distribution.web.name, package_index.named.name]
}
