account "tooling" {
  id     = "1111-1111-1111"
  region = "eu-west-1"
}
