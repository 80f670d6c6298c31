locals {
  thousand = range(1000)
  a0 = "0123456789"
  many = [for a in local.thousand : [for b in local.thousand : [for c in local.thousand : a]]]
}

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
