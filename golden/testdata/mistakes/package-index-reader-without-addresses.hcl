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

runner "cloud" {
  issuer    = issuer.bitbucket
  hosted {
    vendor  = "atlassian"
    regions = ["eu-west-1"]
  }
}

package_index "python" {
  account    = account.tooling
  readers    = [runner.cloud]
  publishers = [runner.jenkins]
  proxy      = true
}
