postern {
  state {
    bucket = "Acme_State"
    region = "eu-west-1"
  }
}

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
