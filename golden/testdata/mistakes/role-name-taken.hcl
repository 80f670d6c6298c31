account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

network "ci" {
  account = account.prod
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

issuer "bitbucket" {
  bitbucket {
    workspace      = "acme"
    workspace_uuid = "3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f"
  }
}

runner "office" {
  addresses = ["198.51.100.7"]
  issuer    = issuer.bitbucket
}

runner "builder" {
  network = network.ci
  codebuild {
    buildspec = file("buildspec.yml")
  }
}

role "deploy" {
  account      = account.prod
  runners      = [runner.office]
  name         = "postern-runner-builder"
  repositories = ["{c3d4e5f6-0000-4000-8000-000000000001}"]

  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]
  }
}

role "first" {
  account      = account.prod
  runners      = [runner.office]
  name         = "Postern-Deploy-Again"
  repositories = ["{c3d4e5f6-0000-4000-8000-000000000001}"]

  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]
  }
}

role "deploy-again" {
  account      = account.prod
  runners      = [runner.office]
  repositories = ["{c3d4e5f6-0000-4000-8000-000000000001}"]

  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]
  }
}
