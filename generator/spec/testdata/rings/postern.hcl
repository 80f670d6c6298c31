locals {
  a    = network.b.cidr
  self = local.self
  one  = local.two
  two  = [local.three]
  three = { x = local.one }
  fine = local.a
}

account "tooling" {
  id     = account.tooling.id
  region = "eu-west-1"
}

network "b" {
  account = account.tooling
  cidr    = local.a
}

image "app" {
  account = account.tooling
  name    = keys(image)[0]
  readers = [account.tooling]
}
