package proof_test

import (
	"testing"
)

// gates is a spec with every way into a role that no example has.
const gates = `
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

network "sealed" {
  account = account.tooling
  cidr    = "10.0.0.0/20"
  zones   = ["a", "b"]
}

network "other" {
  account = account.tooling
  cidr    = "10.1.0.0/20"
  zones   = ["a"]
}

network "open" {
  account = account.tooling
  cidr    = "10.2.0.0/20"
  zones   = ["a", "b"]
  egress  = "nat"
}

network "moving" {
  account    = account.prod
  cidr       = "10.3.0.0/20"
  zones      = ["a"]
  egress     = "nat"
  transition = true
}

network "theirs" {
  account         = account.prod
  vpc_id          = "vpc-0a1b2c3d4e5f60718"
  subnet_ids      = ["subnet-0a1b2c3d4e5f60001"]
  route_table_ids = ["rtb-0a1b2c3d4e5f60718"]
  egress          = "nat"
  nat_addresses   = ["203.0.113.10", "203.0.113.11"]
}

issuer "bitbucket" {
  existing = [account.tooling]
  bitbucket {
    workspace      = "acme"
    workspace_uuid = "3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f"
  }
}

issuer "github" {
  audiences = ["sts.amazonaws.com", "https://github.com/acme"]
  github {}
}

issuer "own" {
  url       = "https://id.example.com"
  audiences = ["aws"]
}

runner "builder" {
  network = network.sealed
  codebuild { buildspec = "{}" }
}

runner "machine" {
  network = network.sealed
  issuer  = issuer.bitbucket
  uses    = ["ecs"]
}

runner "twin" {
  network = network.other
  issuer  = issuer.bitbucket
}

runner "out" {
  network = network.open
  issuer  = issuer.github
}

runner "mover" {
  network = network.moving
  issuer  = issuer.github
  uses    = ["sts"]
}

runner "guest" {
  network   = network.theirs
  addresses = ["172.20.1.0/24"]
  issuer    = issuer.own
}

runner "office" {
  addresses = ["198.51.100.4/30", "198.51.100.9", "2001:db8::/64"]
  issuer    = issuer.github
}

runner "cloud" {
  addresses = ["198.51.100.64/26"]
  issuer    = issuer.bitbucket
  hosted {
    vendor  = "atlassian"
    regions = ["us-east-1"]
  }
}

runner "jenkins" {
  addresses = ["198.51.100.7/32"]
  principal = "arn:aws:iam::333333333333:role/ci/jenkins"
}

runner "admin" {
  network   = network.other
  principal = "arn:aws:iam::222222222222:user/admin"
  uses      = ["ecs"]
}

role "deploy" {
  account      = account.prod
  name         = "deploy"
  runners      = [runner.machine, runner.builder, runner.cloud]
  repositories = ["{c3d4e5f6-0000-4000-8000-000000000001}"]
  environments = ["{c3d4e5f6-0000-4000-8000-000000000002}"]
  guard        = "session"
  max_session  = 7200
  allow {
    actions   = ["ecs:UpdateService", "ecs:Describe*"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]
  }
}

role "release" {
  account              = account.prod
  runners              = [runner.out, runner.office, runner.mover]
  repositories         = ["acme@12/app@34"]
  branches             = ["main", "release/*"]
  environments         = ["prod"]
  managed_policies     = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
  permissions_boundary = "arn:aws:iam::222222222222:policy/boundary"
}

role "watch" {
  account          = account.tooling
  runners          = [runner.jenkins, runner.admin, runner.twin]
  repositories     = ["{c3d4e5f6-0000-4000-8000-000000000001}"]
  managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}

role "visit" {
  account  = account.prod
  runners  = [runner.guest]
  subjects = ["job:deploy"]
  guard    = "session"
  allow {
    actions   = ["s3:GetObject"]
    resources = ["*"]
  }
}
`

func TestGatesAreProved(t *testing.T) {
	proved(t, fromSpec(t, gates), "gates")
}
