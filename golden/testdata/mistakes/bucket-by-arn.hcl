account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

replication "web" {
  from {
    account = account.tooling
    bucket  = "arn:aws:s3:::acme"
  }
  to {
    account = account.tooling
    region  = "us-east-1"
  }
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.web]
}
