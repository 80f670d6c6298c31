account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

issuer "github" {
  github {}
  thumbprint_list = ["6938fd4d98bab03faadb97b34396831e3780aea1"]
}

runner "office" {
  addresses = ["198.51.100.7"]
  issuer    = issuer.github
}

role "deploy" {
  account      = account.prod
  runners      = [runner.office]
  repositories = ["acme/app"]
  branches     = ["main"]

  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]
  }
}
