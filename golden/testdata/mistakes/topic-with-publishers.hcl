account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

topic "releases" {
  account    = account.tooling
  publishers = [runner.release]
}
