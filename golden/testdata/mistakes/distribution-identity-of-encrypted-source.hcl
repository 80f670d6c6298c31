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
    account = account.web
  }
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.web]
}

distribution "staging" {
  account  = account.ci
  origin   = replication.web
  access   = "identity"
  identity = "E2QWRUHAPOMQZL"
}
