postern {
  prefix = "the-whole-of-acme-ci"
}

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-central-1"
}

replication "documentation-of-our-shop-portal" {
  from {
    account = account.tooling
    bucket  = "acme-docs"
  }
  to {
    account = account.prod
    bucket  = "acme-replicas"
  }
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.documentation-of-our-shop-portal]
}
