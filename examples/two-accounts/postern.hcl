# Two environments that share nothing: each account builds in a region and a network of its own.
# The private ranges may be the same, because nothing connects them.

postern {
  prefix = "acme"
  tags   = { owner = "platform" }
}

locals {
  range = "10.0.0.0/20"
}

account "dev" {
  id          = "111111111111"
  region      = "eu-west-1"
  deploy_role = "terraform"
}

account "prod" {
  id          = "222222222222"
  region      = "us-east-1"
  deploy_role = "ci/terraform"
}

network "dev" {
  account = account.dev
  cidr    = local.range
  zones   = ["a", "b"]
}

network "prod" {
  account = account.prod
  cidr    = local.range
  zones   = ["a", "b", "d"]
}

repository "app-dev" {
  account = account.dev
  name    = "app"
}

repository "app-prod" {
  account = account.prod
  name    = "app"
}

runner "test" {
  network = network.dev
  codebuild {
    source  = repository.app-dev
    timeout = 20
  }
}

runner "release" {
  network = network.prod
  codebuild {
    source  = repository.app-prod
    compute = "BUILD_GENERAL1_LARGE"
    write   = ["arn:aws:s3:::acme-releases"]
  }
}
