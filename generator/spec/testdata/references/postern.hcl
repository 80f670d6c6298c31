account "tooling" {
  id     = "111111111111"
  region = regions
}

account "prod" {
  id     = "222222222222"
  region = local.regoin
}

network "ci" {
  account = account.toolin
  cidr    = "10.20.0.0/20"
  zones   = [for z in local.nothing : z]
}

network "second" {
  account = accounts.tooling
  cidr    = network.ci.vpc_id
  region  = network.ci.regio
}

network "third" {
  account = "tooling"
  egress  = nat
  zones   = [vars.zone]
}

network "fourth" {
  account = account
}

image "app" {
  account = network.ci
  readers = ["tooling", account.tooling, image.app, null, "other"]
}

runner "builder" {
  network = image.app
  codebuild {
    image  = image.app
    source = image.app
    push   = image.app
    pull   = [image.app.url]
    read   = [image.app]
    write  = image.app.arn
    assume = [account.tooling]
    uses   = [network.third, { a = 1 }]
    tags   = ["x"]
  }
}

runner "other" {
  network = network.cj
  codebuild {
    source  = "builder"
    compute = account.tooling
  }
}

runner "third" {
  network = network.ci
  codebuild {
    source = repository.missing
  }
}

repository "builder" {
  account = account.tooling
}

locals {
  region = "eu-west-1"
  vars   = 1
}
