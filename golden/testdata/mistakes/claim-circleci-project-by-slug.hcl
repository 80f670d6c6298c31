account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

issuer "circleci" {
  circleci {
    organization_id = "0e1f2a3b-0000-4000-8000-000000000005"
  }
}

runner "office" {
  addresses = ["198.51.100.7"]
  issuer    = issuer.circleci
}

role "deploy" {
  account  = account.prod
  runners  = [runner.office]
  projects = ["gh/acme/app"]

  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]
  }
}
