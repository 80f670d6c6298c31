account "tooling" {
  id     = "111111111111"
  region = "Ireland"
}
