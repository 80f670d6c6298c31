account "tooling" {
  id     = "11111111111"
  region = "eu-west-1"
}
