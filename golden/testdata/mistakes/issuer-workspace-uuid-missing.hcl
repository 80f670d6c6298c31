account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

issuer "bitbucket" {
  bitbucket {
    workspace = "acme"
  }
}

runner "office" {
  addresses = ["198.51.100.7"]
  issuer    = issuer.bitbucket
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
