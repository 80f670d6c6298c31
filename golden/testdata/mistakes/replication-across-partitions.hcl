account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
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
    account = account.china
  }
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.web]
}
