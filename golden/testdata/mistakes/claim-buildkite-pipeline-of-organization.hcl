account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

issuer "buildkite" {
  buildkite {
    organization = "acme"
  }
}

runner "office" {
  addresses = ["198.51.100.7"]
  issuer    = issuer.buildkite
}

role "deploy" {
  account   = account.prod
  runners   = [runner.office]
  pipelines = ["acme/app"]
  branches  = ["main"]

  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]
  }
}
