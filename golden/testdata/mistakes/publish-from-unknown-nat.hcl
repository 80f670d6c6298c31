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

network "ci" {
  account    = account.tooling
  vpc_id     = "vpc-0a1b2c3d4e5f60718"
  subnet_ids = ["subnet-0a1b2c3d4e5f60718"]
  egress     = "nat"
}

runner "builder" {
  network = network.ci
  publish = [replication.web]
  codebuild {
    buildspec = "{}"
  }
}
