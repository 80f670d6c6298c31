account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

topic "builds" { account = account.tooling }

topic "releases" {
  account = account.tooling
  name    = "builds"
}
