locals {
  name = "${local.team}-app"
  team = trimsuffix(local.name, "-app")
}

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
