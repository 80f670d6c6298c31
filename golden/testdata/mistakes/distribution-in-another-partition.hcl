account "china" {
  id     = "333333333333"
  region = "cn-north-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-central-1"
}

replication "web" {
  from {
    account = account.china
    region  = "cn-northwest-1"
  }
  to {
    account = account.china
  }
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws-cn:iam::111111111111:role/jenkins"
  publish   = [replication.web]
}

distribution "web" {
  account = account.china
  origin  = replication.web
}
