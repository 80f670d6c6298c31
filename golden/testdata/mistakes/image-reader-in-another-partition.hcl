account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "beijing" {
  id     = "333333333333"
  region = "cn-north-1"
}

image "app" {
  account = account.tooling
  readers = [account.beijing]
}
