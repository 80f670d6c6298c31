account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

image "App_Server" { account = account.tooling }
