account "tooling" {
  id = "111111111111"
}
