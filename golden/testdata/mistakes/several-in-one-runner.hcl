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
    docker      = true
    timeout     = 1
    type        = "linux"
    source      = "s3://acme-sources/app.zip"
    read        = ["acme-inputs", "acme-inputs-2"]
    environment = { "1ST" = "a", CODEBUILD_X = "b", AWS_REGION = "c" }
  }
}
