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
  to {
    account = account.prod
    region  = "us-east-1"
  }
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.web]
}

distribution "web" {
  account = account.prod
  origin  = replication.web
}
