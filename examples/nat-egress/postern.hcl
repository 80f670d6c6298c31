# A build that needs the internet: it leaves through NAT gateways, one in each zone, whose addresses are outputs of the
# network stack, for those who admit it by its address. Such a network needs no endpoints, so it has none.

account "tooling" {
  id     = "111111111111"
  region = "us-west-2"
}

network "open" {
  account = account.tooling
  cidr    = "10.30.0.0/22"
  zones   = ["a", "b"]
  egress  = "nat"
}

repository "site" {
  account     = account.tooling
  description = "The company's web site"
}

image "site" {
  account = account.tooling
  name    = "web/site"
  keep    = 10
}

runner "site" {
  network = network.open
  codebuild {
    type        = "ARM_CONTAINER"
    docker      = true
    source      = repository.site
    push        = [image.site]
    environment = { IMAGE = image.site.url }
  }
}
