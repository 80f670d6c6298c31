# A network that is about to get an STS endpoint. From the moment it has one, requests to STS arrive through it, without
# the NAT addresses that trust policies ask for, and every deployment would fail until the roles follow. Hence three steps,
# each applied before the next:
#
#   1. transition = true: roles admit the agents both from the NAT addresses and through the endpoint
#   2. uses = ["sts"]: the endpoint
#   3. no transition: through the endpoint alone
#
# This is the first.

account "tooling" {
  id     = "111111111111"
  region = "us-west-2"
}

account "prod" {
  id     = "222222222222"
  region = "us-west-2"
}

network "agents" {
  account    = account.tooling
  cidr       = "10.70.0.0/22"
  zones      = ["a", "b"]
  egress     = "nat"
  transition = true
}

issuer "buildkite" {
  buildkite {
    organization = "acme"
  }
}

runner "agents" {
  network = network.agents
  issuer  = issuer.buildkite

  # uses = ["sts"]
}

role "deploy" {
  account   = account.prod
  runners   = [runner.agents]
  pipelines = ["app"]
  branches  = ["main"]

  allow {
    actions   = ["lambda:UpdateFunctionCode"]
    resources = ["arn:aws:lambda:us-west-2:222222222222:function:app-*"]
  }
}
