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
    bucket  = "acme-replicas"
  }
}

replication "shop" {
  from {
    account = account.tooling
  }
  to {
    account    = account.prod
    bucket     = "acme-replicas"
    existing   = true
    versioning = true
    kms_key    = "arn:aws:kms:eu-central-1:222222222222:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
  }
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.shop, replication.web]
}
