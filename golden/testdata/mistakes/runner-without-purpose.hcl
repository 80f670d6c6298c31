account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

runner "office" {
  addresses = ["198.51.100.8"]
}
