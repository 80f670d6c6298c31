account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

image "app" {
  account = account.tooling
  region  = "cn-north-1"
}
