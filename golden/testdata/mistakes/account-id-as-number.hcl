account "tooling" {
  id     = 012345678901
  region = "eu-west-1"
}
