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
    region  = "us-east-1"
  }
  to {
    account = account.prod
  }
}

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

runner "builder" {
  network = network.ci
  publish = [replication.web]
  codebuild {
    buildspec = "{}"
  }
}
