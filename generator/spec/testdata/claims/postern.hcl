account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

issuer "own" {
  url       = "https://id.example.com"
  audiences = ["sts.amazonaws.com"]
}

repository "app" {
  account = account.prod
}

runner "office" {
  addresses = ["198.51.100.7/32"]
  issuer    = issuer.own
}

role "empty" {
  allow {}
}

role "quoted" {
  account = account.prod
  runners = ["office", issuer.own, runner.office.name]
  allow "ecs" {
    actions   = "ecs:UpdateService"
    resources = [repository.app, account.prod]
    effect    = "Deny"
  }
  allow {
    action = "ecs:UpdateService"
  }
}

role "claims" {
  account              = account.prod
  runners              = runner.office
  repositories         = "{c3d4e5f6-0000-4000-8000-000000000001}"
  environments         = { production = true }
  branches             = [["main"], "main", null]
  tags                 = 1
  projects             = [repository.app]
  jobs                 = true
  pipelines            = [local.missing]
  subjects             = [for s in ["a"] : { s = s }]
  managed_policies     = "arn:aws:iam::aws:policy/ReadOnlyAccess"
  permissions_boundary = ["arn:aws:iam::222222222222:policy/boundary"]
  max_session          = "1h"
  guard                = false
}

role "elsewhere" {
  account            = account.prod
  runners            = [runner.office]
  actions            = ["ecs:UpdateService"]
  addresses          = ["198.51.100.7/32"]
  assume_role_policy = file("trust.json")
  issuer             = issuer.own
  repository         = "acme/app"
  branch             = "main"
  sub                = "acme/app"
  policy_arns        = []
  condition {
    test = "StringEquals"
  }
  deny {
    actions = ["*"]
  }
}

role "taken" {
  account = account.prod
  runners = [runner.office]
  allow = {
    actions   = ["*"]
    resources = ["*"]
  }
}

role "attribute" {
  account = role.empty
  name    = role.taken.id
  runners = [role.taken]
}

role "Deploy" {
  account = account.prod
  runners = [runner.office]
}

role {
  account = account.prod
}

role "ring" {
  account = account.prod
  name    = "${role.ring.name}-2"
  runners = [runner.office]
}

runner "assumes" {
  network = network.ci
  codebuild {
    assume = [role.empty, runner.office]
  }
}

network "ci" {
  account = account.prod
}
