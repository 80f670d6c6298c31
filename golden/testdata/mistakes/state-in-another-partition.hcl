postern {
  state {
    bucket = "acme-state"
    region = "eu-west-1"
  }
}

account "tooling" {
  id     = "111111111111"
  region = "cn-north-1"
}
