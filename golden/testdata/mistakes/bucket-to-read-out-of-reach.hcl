account "ci" {
  id     = "111111111111"
  region = "eu-west-1"
}

network "ci" {
  account = account.ci
  cidr    = "10.20.0.0/20"
  zones   = ["a"]
}

replication "web" {
  from {
    account = account.ci
  }
  to {
    account = account.ci
    region  = "eu-central-1"
    bucket  = "acme-web"
  }
}

runner "builder" {
  network = network.ci
  publish = [replication.web]
  codebuild {
    buildspec = "{}"
    read      = ["arn:aws:s3:::acme-web"]
  }
}
