# Private Python packages in a bucket. pip cannot sign a request, so who may read is a matter of where it is.
#
# The first index is for machines of our own. The second, of another team, is for hosted pipelines too. Their vendor has
# machines in the bucket's region, from where requests go through an endpoint of the vendor's: S3 sees neither an
# address nor a VPC of ours, and answers 403. API Gateway in front of the bucket (proxy) sees the address.

postern {
  prefix = "acme"
}

account "tooling" {
  id          = "111111111111"
  region      = "us-east-1"
  deploy_role = "terraform"
}

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

repository "app" { account = account.tooling }
repository "lib" { account = account.tooling }

# Installs in a network with no way out, through its S3 endpoint.
runner "builder" {
  network = network.ci
  codebuild {
    source      = repository.app
    environment = { INDEX = package_index.python.bucket }
  }
}

# Publishes from there, as its own role.
runner "release" {
  network = network.ci
  codebuild {
    source = repository.lib
  }
}

# Developers, behind the address that the world sees of the office.
runner "office" {
  addresses = ["198.51.100.7"]
}

issuer "bitbucket" {
  bitbucket {
    workspace      = "acme"
    workspace_uuid = "3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f"
  }
}

# Large machines of Atlassian's, whose addresses Atlassian publishes (these are nobody's). The example
# bitbucket-addresses reads them from Atlassian's file.
runner "cloud" {
  issuer    = issuer.bitbucket
  addresses = ["192.0.2.0/25"]
  hosted {
    vendor  = "atlassian"
    regions = ["us-east-1", "us-west-2"]
  }
}

package_index "python" {
  account    = account.tooling
  readers    = [runner.builder, runner.office]
  publishers = [runner.release]
}

package_index "research" {
  account    = account.tooling
  readers    = [runner.builder, runner.cloud]
  publishers = [runner.release]
  proxy      = true
}
