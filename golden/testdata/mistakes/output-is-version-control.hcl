postern {
  output = ".git"
}

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
