account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

network "ci" {
  account    = account.tooling
  subnet_ids = ["subnet-0a1b2c3d4e5f60001"]
}
