account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

issuer "github" {
  url       = "https://token.actions.githubusercontent.com"
  audiences = ["sts.amazonaws.com"]
}

runner "office" {
  addresses = ["198.51.100.7"]
  issuer    = issuer.github
}

role "deploy" {
  account  = account.prod
  runners  = [runner.office]
  subjects = ["repo:acme/*:*"]

  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]
  }
}
