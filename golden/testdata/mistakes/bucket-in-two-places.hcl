account "ci" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "web" {
  id     = "222222222222"
  region = "eu-west-1"
}

account "shop" {
  id     = "333333333333"
  region = "eu-central-1"
}

replication "shop" {
  encryption = "aws"
  from {
    account = account.ci
  }
  to {
    account    = account.shop
    bucket     = "acme-theirs"
    existing   = true
    versioning = true
  }
}

replication "web" {
  encryption = "aws"
  from {
    account = account.ci
  }
  to {
    account    = account.web
    bucket     = "acme-theirs"
    existing   = true
    versioning = true
  }
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.shop, replication.web]
}
