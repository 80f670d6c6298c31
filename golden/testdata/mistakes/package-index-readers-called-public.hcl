account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

runner "campus" {
  addresses = ["18.0.0.0/9", "18.128.0.0/9"]
}

runner "labs" {
  addresses = ["19.0.0.0/8"]
}

runner "office" {
  addresses = ["2a00:1450::/28", "2a00:2000::/32"]
}

runner "release" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/release"
}

package_index "py" {
  account    = account.tooling
  readers    = [runner.campus, runner.labs, runner.office, runner.release]
  publishers = [runner.release]
}

package_index "docs" {
  account    = account.tooling
  readers    = [runner.campus, runner.office]
  publishers = [runner.release]
  proxy      = true
}
