account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

issuer "two" {
  github {}
  gitlab {
    urll = "https://gitlab.example.com"
  }
  github {}
}

issuer "named" {
  bitbucket "acme" {
    workspace = null
    audiences = ["x"]
  }
  bitbuckett {}
}

issuer "flat" {
  workspace       = "acme"
  url             = ["https://id.example.com"]
  audience        = "x"
  audiences       = "x"
  client_id_list  = ["x"]
  thumbprint_list = ["a031c46782e6e6c662c2c87c76da9aa62ccabd8e"]
  existing        = ["prod", network.ci, account.prod, 1]
}

issuer "assigned" {
  github = {}
}

issuer "jenkins" {
  jenkins {}
}

issuer "buildkite" {
  buildkite {
    organization = account.prod
    existing     = []
  }
}

issuer "circleci" {
  circleci {
    organization = "acme"
  }
  state {}
}

network "ci" {
  account       = account.prod
  transition    = "soon"
  nat_addresses = "203.0.113.10"
}

runner "everything" {
  network   = "ci"
  addresses = "198.51.100.7"
  issuer    = issuer.githob
  principal = ["arn:aws:iam::111111111111:role/jenkins"]
  uses      = ["sts", { a = 1 }]
  vendor    = "atlassian"
  roles     = ["deploy"]
}

runner "quoted" {
  issuer    = "jenkins"
  addresses = [network.ci, null, true]
  codebuild {
    issuer = issuer.jenkins
  }
}

runner "url" {
  issuer = issuer.jenkins.url
}

runner "attribute" {
  principal = issuer.jenkins.urls
}

runner "hosted" {
  hosted {
    addresses = ["198.51.100.7"]
    regions   = "us-east-1"
    endpoints = [1, ["s3"]]
  }
  hosted {
    vendor = "atlassian"
  }
}
