account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

topic "releases" {
  account = account.tooling
  region  = "eu-central-1"
}

runner "release" {
  network = network.ci
  codebuild {
    buildspec = "{}"
    notify    = [topic.releases]
  }
}
