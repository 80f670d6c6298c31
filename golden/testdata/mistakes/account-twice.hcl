account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "ci" {
  id     = "111111111111"
  region = "eu-west-1"
}
