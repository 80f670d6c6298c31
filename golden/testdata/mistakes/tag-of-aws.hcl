postern {
  tags = { "aws:owner" = "platform" }
}

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
