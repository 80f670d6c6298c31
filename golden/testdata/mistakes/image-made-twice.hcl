account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

image "app" { account = account.tooling }

image "web" {
  account = account.tooling
  name    = "app"
}
