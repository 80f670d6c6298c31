postern {
  tags = { owner = "platform; build" }
}

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
