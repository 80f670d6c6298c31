account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

runner "office" {
  addresses = ["198.51.100.7"]
}

role "deploy" {
  account = account.prod
  runners = [runner.office]

  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]
  }
}
