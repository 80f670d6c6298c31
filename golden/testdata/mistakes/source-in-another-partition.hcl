account "tooling" {
  id     = "111111111111"
  region = "us-gov-west-1"
}

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

runner "builder" {
  network = network.ci
  codebuild {
    source = "arn:aws:s3:::acme-sources/app.zip"
  }
}
