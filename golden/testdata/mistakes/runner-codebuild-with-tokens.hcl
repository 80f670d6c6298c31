account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

issuer "bitbucket" {
  bitbucket {
    workspace      = "acme"
    workspace_uuid = "3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f"
  }
}

network "ci" {
  account = account.prod
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

runner "office" {
  network = network.ci
  issuer  = issuer.bitbucket
  codebuild {
    buildspec = file("buildspec.yml")
  }
}

role "deploy" {
  account      = account.prod
  runners      = [runner.office]
  repositories = ["{c3d4e5f6-0000-4000-8000-000000000001}"]

  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]
  }
}
