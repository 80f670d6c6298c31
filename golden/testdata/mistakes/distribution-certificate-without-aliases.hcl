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
  }
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.web]
}

distribution "web" {
  account     = account.prod
  origin      = replication.web
  certificate = "arn:aws:acm:us-east-1:222222222222:certificate/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
}
