account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

repository "app" { account = account.tooling }

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

runner "builder" {
  network = network.ci
  codebuild {
    docker = true
    source = repository.app
    pull   = [repository.app]
  }
}
