account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

repository "app" {
  account = account.tooling
  name    = "team/app.git"
}
