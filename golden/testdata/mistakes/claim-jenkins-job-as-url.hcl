account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

issuer "jenkins" {
  jenkins {
    url = "https://ci.example.com"
  }
}

runner "office" {
  addresses = ["198.51.100.7"]
  issuer    = issuer.jenkins
}

role "deploy" {
  account = account.prod
  runners = [runner.office]
  jobs    = ["https://ci.example.com/job/deploy/"]

  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]
  }
}
