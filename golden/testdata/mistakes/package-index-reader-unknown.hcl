account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

runner "office" {
  addresses = ["198.51.100.8"]
}

runner "release" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/release"
}

package_index "py" {
  account    = account.tooling
  readers    = [runner.offcie]
  publishers = [runner.release]
}
