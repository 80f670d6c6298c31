account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-central-1"
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
}

package_index "python" {
  account    = account.tooling
  readers    = [runner.jenkins]
  publishers = [runner.jenkins]
}

distribution "web" {
  account = account.tooling
  origin  = package_index.python
}
