account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "beijing" {
  id     = "333333333333"
  region = "cn-north-1"
}

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

image "tools" { account = account.beijing }

runner "builder" {
  network = network.ci
  codebuild {
    image     = "${image.tools.url}:1"
    buildspec = file("buildspec.yml")
  }
}
