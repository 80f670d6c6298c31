account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

network "ci" {
  account = account.toling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}
