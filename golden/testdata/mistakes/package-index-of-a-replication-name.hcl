account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-central-1"
}

replication "python" {
  from {
    account = account.tooling
  }
  to {
    account = account.prod
  }
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.python]
}

package_index "python" {
  account    = account.tooling
  readers    = [runner.jenkins]
  publishers = [runner.jenkins]
}
