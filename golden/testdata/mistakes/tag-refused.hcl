postern {
  tags = { owner = "platform", "cost center #" = "42" }
}

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
