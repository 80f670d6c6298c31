account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

issuer "github" {
  github {}
}

runner "office" {
  addresses = ["198.51.100.7"]
  issuer    = issuer.github
}

role "deploy" {
  account      = account.prod
  runners      = [runner.office]
  repositories = ["acme/app"]
  branches     = ["refs/heads/main"]

  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]
  }
}
