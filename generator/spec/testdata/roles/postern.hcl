locals {
  ranges = jsondecode(file("ip-ranges.json")).items
  office = "198.51.100.7/32"
  app    = "{c3d4e5f6-0000-4000-8000-000000000001}"
}

postern {
  prefix = "acme"
}

account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "china" {
  id     = "333333333333"
  region = "cn-north-1"
}

network "ci" {
  account    = account.tooling
  cidr       = "10.20.0.0/20"
  egress     = "nat"
  transition = true
}

network "old" {
  account       = account.tooling
  vpc_id        = "vpc-0a1b2c3d4e5f60718"
  egress        = "nat"
  nat_addresses = ["203.0.113.10", cidrsubnet("203.0.113.0/24", 4, 2)]
}

issuer "bitbucket" {
  bitbucket {
    workspace      = "acme"
    workspace_uuid = "3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f"
  }
  existing  = [account.prod]
  audiences = ["ari:cloud:bitbucket::workspace/3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f", "deploy"]
}

issuer "github" {
  github {
  }
}

issuer "enterprise" {
  github {
    url = "https://github.example.com/_services/token"
  }
}

issuer "gitlab" {
  gitlab {
    url = null
  }
}

issuer "jenkins" {
  jenkins {
    url = "https://ci.example.com/"
  }
}

issuer "buildkite" {
  buildkite {
    organization = "acme"
  }
}

issuer "circleci" {
  circleci {
    organization_id = "7c1e4d2a-5b90-4f3e-8a6d-1f2e3d4c5b6a"
  }
}

issuer "own" {
  url       = "https://id.example.com"
  audiences = ["sts.amazonaws.com"]
}

runner "builder" {
  network   = network.ci
  addresses = ["10.20.0.0/24"]
  codebuild {
    assume      = [role.deploy.arn, role.named.arn, role.china.arn]
    environment = {
      NAMES = "${role.deploy.name} ${role.named.name} ${issuer.own.name}"
      URLS  = join(" ", [for name, i in issuer : i.url])
    }
  }
}

runner "machine" {
  network = network.ci
  issuer  = issuer.bitbucket
  uses    = ["sts", "ecs"]
}

runner "office" {
  addresses = [local.office, "2001:db8::/64"]
  issuer    = issuer["gitlab"]
}

runner "jenkins" {
  account   = account.tooling
  network   = network.old
  addresses = []
  principal = "arn:aws:iam::${account.tooling.id}:role/jenkins"
}

runner "cloud" {
  issuer    = issuer.bitbucket
  addresses = [
    for item in local.ranges : item.cidr
    if contains(item.product, "bitbucket") && contains(item.direction, "egress")
  ]
  hosted {
    vendor    = "atlassian"
    regions   = ["us-east-1", "us-west-2"]
    endpoints = ["s3"]
  }
}

role "deploy" {
  account      = account.prod
  runners      = [runner.machine, runner.builder]
  repositories = [local.app]
  environments = null
  allow {
    actions   = ["ecs:UpdateService", "ecs:Describe*"]
    resources = ["arn:aws:ecs:eu-west-1:${account.prod.id}:service/app/*"]
  }
  allow {
    actions   = ["s3:ListBucket"]
    resources = ["*"]
  }
  max_session = "7200"
}

role "named" {
  account              = account.prod
  name                 = "deploy"
  runners              = [for name in ["office", "jenkins"] : runner[name]]
  projects             = ["acme/app"]
  branches             = ["main", "release/*"]
  tags                 = []
  managed_policies     = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
  permissions_boundary = "arn:aws:iam::222222222222:policy/boundary"
  guard                = "session"
}

role "china" {
  account      = account.china
  runners      = values(runner)
  repositories = ["acme/app"]
  environments = ["production"]
  branches     = ["main"]
  tags         = ["v*"]
  projects     = [1]
  jobs         = ["folder/deploy"]
  pipelines    = ["deploy"]
  subjects     = ["team:*"]
}
