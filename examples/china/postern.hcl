# Another partition: ARNs, host names and endpoint services follow from the region.
# Encryption is left to the keys that AWS manages.

postern {
  encryption = "aws"
}

account "beijing" {
  id     = "333333333333"
  region = "cn-north-1"
}

network "ci" {
  account   = account.beijing
  cidr      = "10.40.0.0/24"
  zones     = ["a", "b"]
  flow_logs = false
}

image "app" { account = account.beijing }

runner "builder" {
  network = network.ci
  codebuild {
    docker = true
    source = "arn:aws-cn:s3:::acme-sources/app.zip"
    pull   = [] # the Dockerfile begins FROM scratch
    push   = [image.app]
  }
}
