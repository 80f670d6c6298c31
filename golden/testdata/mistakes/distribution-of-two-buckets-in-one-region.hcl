account "web" {
  id     = "111111111111"
  region = "eu-west-1"
}

replication "web" {
  from {
    account = account.web
  }
  to {
    account = account.web
    bucket  = "acme-web-copy"
  }
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.web]
}

distribution "web" {
  account = account.web
  origin  = replication.web
  region  = "eu-west-1"
}
