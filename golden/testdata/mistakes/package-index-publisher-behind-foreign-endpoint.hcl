account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

issuer "bitbucket" {
  bitbucket {
    workspace      = "acme"
    workspace_uuid = "3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f"
  }
}

runner "cloud" {
  issuer    = issuer.bitbucket
  addresses = ["203.0.113.64/26"]
  hosted {
    vendor  = "atlassian"
    regions = ["eu-west-1"]
  }
}

role "release" {
  account      = account.tooling
  runners      = [runner.cloud]
  repositories = ["{c3d4e5f6-0000-4000-8000-000000000001}"]
}

package_index "python" {
  account    = account.tooling
  readers    = [runner.cloud]
  publishers = [role.release]
  proxy      = true
}
