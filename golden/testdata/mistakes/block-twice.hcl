account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "tooling" {
  id     = "222222222222"
  region = "eu-west-1"
}
