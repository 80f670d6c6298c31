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

runner "deployer" {
  network = network.ci
  codebuild {
    buildspec = file("buildspec.yml")
  }
}

role "deploy" {
  account      = account.prod
  runners      = [runner.deployer]
  repositories = ["{c3d4e5f6-0000-4000-8000-000000000001}"]

  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]
  }
}
