account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

network "ci" {
  account = account.tooling
  cidr    = "10.0.0.0/8"
  zones   = ["a", "b"]
}
