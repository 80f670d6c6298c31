account "ci" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "web" {
  id     = "222222222222"
  region = "eu-west-1"
}

replication "web" {
  from {
    account = account.ci
  }
  to {
    account    = account.web
    bucket     = "acme-web"
    existing   = true
    versioning = true
    kms_key    = "arn:aws:kms:eu-west-1:222222222222:alias/web"
  }
  to {
    account    = account.web
    region     = "us-east-1"
    bucket     = "acme-web-copy"
    existing   = true
    versioning = true
    kms_key    = "arn:aws:kms:eu-west-1:222222222222:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
  }
  to {
    account    = account.web
    region     = "us-west-2"
    existing   = true
    versioning = true
    kms_key    = "arn:aws:kms:us-west-2:222222222222:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
  }
  to {
    account    = account.ci
    region     = "us-west-2"
    existing   = true
    versioning = true
  }
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.web]
}
