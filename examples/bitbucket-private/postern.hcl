# Bitbucket runners of one's own, those of development apart from those of production: each kind has an account and a
# network of its own. Both networks have the same range, so a role asks for the VPC and not for the range alone.
#
# The runners need the internet, where Bitbucket is, hence NAT. To STS they go through the network's endpoint, so the
# trust policies ask for aws:VpcSourceIp and aws:SourceVpc: a request through an endpoint has no aws:SourceIp.

postern {
  prefix = "acme"
}

account "dev" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

network "dev" {
  account = account.dev
  cidr    = "10.60.0.0/22"
  zones   = ["a", "b"]
  egress  = "nat"
}

network "prod" {
  account = account.prod
  cidr    = "10.60.0.0/22"
  zones   = ["a", "b"]
  egress  = "nat"
}

issuer "bitbucket" {
  bitbucket {
    workspace      = "acme"
    workspace_uuid = "3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f"
  }
}

# Machines that somebody else keeps; we give them a network, a security group and the way to STS.
runner "dev" {
  network = network.dev
  issuer  = issuer.bitbucket
  uses    = ["sts"]
}

runner "prod" {
  network = network.prod
  issuer  = issuer.bitbucket
  uses    = ["sts"]
}

# Bitbucket's tokens have UUIDs where people have names.
locals {
  app        = "{c3d4e5f6-0000-4000-8000-000000000001}" # repository acme/app
  production = "{d4e5f6a7-0000-4000-8000-000000000002}" # its deployment environment "Production"
}

# Every step of the repository, on a development runner.
role "deploy-dev" {
  account      = account.dev
  runners      = [runner.dev]
  repositories = [local.app]

  allow {
    actions   = ["ecs:DescribeServices", "ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:111111111111:service/app/*"]
  }
}

# Steps that deploy to Production, on a production runner. Which branches may do so, Bitbucket decides: give the
# environment deployment permissions. A session that leaks is worth nothing outside the network.
role "deploy-prod" {
  account      = account.prod
  runners      = [runner.prod]
  repositories = [local.app]
  environments = [local.production]
  guard        = "session"

  allow {
    actions   = ["ecs:DescribeServices", "ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]
  }
}
