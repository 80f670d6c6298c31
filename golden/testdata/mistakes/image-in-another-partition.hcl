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

image "app" { account = account.beijing }

runner "builder" {
  network = network.ci
  codebuild {
    buildspec = file("buildspec.yml")
    docker    = true
    pull      = []
    push      = [image.app]
  }
}
