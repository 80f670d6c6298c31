account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

runner "builder" {
  network = network.ci
  codebuild {
    buildspec = file("buildspec.yml")
    secrets = {
      TOKEN = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:ci/token"
    }
  }
}
