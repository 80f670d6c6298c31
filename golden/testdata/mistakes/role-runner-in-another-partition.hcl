account "beijing" {
  id     = "333333333333"
  region = "cn-north-1"
}

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

runner "deployer" {
  network = network.ci
  codebuild {
    buildspec = file("buildspec.yml")
  }
}

role "deploy" {
  account = account.beijing
  runners = [runner.deployer]

  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["arn:aws-cn:ecs:cn-north-1:333333333333:service/app/*"]
  }
}
