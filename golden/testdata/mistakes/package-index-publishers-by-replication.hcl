account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

replication "web" {
  from {
    account = account.tooling
  }
  to {
    account = account.tooling
    region  = "us-east-1"
  }
}

runner "release" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/release"
  publish   = [replication.web]
}

package_index "py" {
  account    = account.tooling
  readers    = ["198.51.100.8", "203.0.113.0/28"]
  publishers = [replication.web]
}

package_index "docs" {
  account    = account.tooling
  readers    = ["runner.release"]
  publishers = ["role.release", "release"]
  publish    = [runner.release]
}
