account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
}

issuer "bitbucket" {
  bitbucket {
    workspace      = "acme"
    workspace_uuid = "3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f"
  }
}

runner "office" {
  addresses = ["203.0.113.7"]
  issuer    = issuer.bitbucket
}

role "deploy" {
  account          = account.tooling
  runners          = [runner.office]
  repositories     = ["{c3d4e5f6-0000-4000-8000-000000000001}"]
  managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}

role "release" {
  account          = account.tooling
  runners          = [runner.office]
  repositories     = ["{c3d4e5f6-0000-4000-8000-000000000002}"]
  managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}

package_index "python" {
  account    = account.tooling
  readers    = [runner.jenkins]
  publishers = [runner.office]
}
