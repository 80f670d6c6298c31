postern { encryption = "aws" }

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

topic "releases" { account = account.prod }

runner "release" {
  network = network.ci
  codebuild {
    buildspec = "{}"
    notify    = [topic.releases]
  }
}
