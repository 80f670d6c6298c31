account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

issuer "own" {
  url       = "https://id.example.com/.well-known/openid-configuration"
  audiences = ["sts.amazonaws.com"]
}

runner "office" {
  addresses = ["198.51.100.7"]
  issuer    = issuer.own
}

role "deploy" {
  account  = account.prod
  runners  = [runner.office]
  subjects = ["deploy"]

  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]
  }
}
