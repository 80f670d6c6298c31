# A role for each way to ask, so that every snippet is on the page.

account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

network "near" {
  account = account.prod
  cidr    = "10.0.0.0/20"
  zones   = ["a"]
}

network "far" {
  account = account.prod
  region  = "us-east-1"
  cidr    = "10.1.0.0/20"
  zones   = ["a"]
  egress  = "nat"
}

issuer "bitbucket" {
  bitbucket {
    workspace      = "acme"
    workspace_uuid = "3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f"
  }
}
issuer "bitbucket-dr" {
  audiences = ["dr's:#", "two"]
  bitbucket {
    workspace      = "acme-dr"
    workspace_uuid = "3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e60"
  }
}
issuer "buildkite" {
  buildkite {
    organization = "acme"
  }
}
issuer "circleci" {
  circleci {
    organization_id = "c3d4e5f6-0000-4000-8000-00000000000a"
  }
}
issuer "circleci-own" {
  audiences = ["it's;own"]
  circleci {
    organization_id = "c3d4e5f6-0000-4000-8000-00000000000b"
  }
}
issuer "github" {
  github {}
}
issuer "gitlab" {
  gitlab {}
}
issuer "jenkins" {
  jenkins {
    url = "https://ci.example.com"
  }
}
issuer "own" {
  url       = "https://id.example.com"
  audiences = ["sts.amazonaws.com"]
}

runner "bitbucket" {
  network = network.far
  issuer  = issuer.bitbucket
  uses    = ["sts"]
}
runner "bitbucket-cloud" {
  addresses = ["198.51.100.0/28"]
  issuer    = issuer.bitbucket
  hosted {
    vendor  = "atlassian"
    regions = ["us-east-1"]
  }
}
runner "bitbucket-dr" {
  addresses = ["198.51.100.16/28"]
  issuer    = issuer.bitbucket-dr
}
runner "buildkite" {
  addresses = ["198.51.100.32/28"]
  issuer    = issuer.buildkite
}
runner "circleci" {
  addresses = ["198.51.100.48/28"]
  issuer    = issuer.circleci
  hosted {
    vendor  = "circleci"
    regions = ["us-east-1"]
  }
}
runner "circleci-own" {
  addresses = ["198.51.100.64/28"]
  issuer    = issuer.circleci-own
}
runner "codebuild" {
  network = network.near
  codebuild {
    source = "arn:aws:s3:::acme/app.zip"
  }
}
runner "ec2" {
  addresses = ["198.51.100.80/28"]
  principal = "arn:aws:iam::333333333333:role/ci"
}
runner "github" {
  addresses = ["198.51.100.96/28"]
  issuer    = issuer.github
}
runner "github-large" {
  addresses = ["198.51.100.112/28"]
  issuer    = issuer.github
  hosted {
    vendor  = "github"
    regions = ["us-east-1"]
  }
}
runner "gitlab" {
  network = network.near
  issuer  = issuer.gitlab
}
runner "gitlab-b" {
  network = network.near
  issuer  = issuer.gitlab
}
runner "jenkins" {
  addresses = ["198.51.100.144/28"]
  issuer    = issuer.jenkins
}
runner "own" {
  addresses = ["198.51.100.160/28"]
  issuer    = issuer.own
}
runner "user" {
  addresses = ["198.51.100.176/28"]
  principal = "arn:aws:iam::333333333333:user/ci"
}

role "bitbucket" {
  account          = account.prod
  runners          = [runner.bitbucket, runner.bitbucket-cloud]
  repositories     = ["{c3d4e5f6-0000-4000-8000-000000000001}"]
  environments     = ["{c3d4e5f6-0000-4000-8000-000000000002}", "{c3d4e5f6-0000-4000-8000-000000000003}"]
  guard            = "session"
  managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}
role "bitbucket-dr" {
  account          = account.prod
  runners          = [runner.bitbucket-dr]
  repositories     = ["{c3d4e5f6-0000-4000-8000-000000000001}"]
  managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}
role "buildkite" {
  account          = account.prod
  runners          = [runner.buildkite]
  pipelines        = ["deploy"]
  branches         = ["main"]
  max_session      = 5400
  managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}
role "circleci" {
  account          = account.prod
  runners          = [runner.circleci]
  projects         = ["c3d4e5f6-0000-4000-8000-000000000001"]
  managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}
role "circleci-own" {
  account          = account.prod
  runners          = [runner.circleci-own]
  projects         = ["c3d4e5f6-0000-4000-8000-000000000001"]
  managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}
role "github" {
  account          = account.prod
  name             = "Deploy,github@acme"
  runners          = [runner.codebuild, runner.ec2, runner.github, runner.github-large, runner.user]
  repositories     = ["acme@12/app@34"]
  environments     = ["production: eu"]
  managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}
role "gitlab" {
  account          = account.prod
  runners          = [runner.gitlab, runner.gitlab-b]
  projects         = ["acme/app"]
  branches         = ["main"]
  max_session      = 7201
  managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}
role "jenkins" {
  account          = account.prod
  runners          = [runner.jenkins]
  jobs             = ["folder/deploy"]
  max_session      = 43200
  managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}
role "own" {
  account          = account.prod
  runners          = [runner.own]
  subjects         = ["team|a:`deploy`:*"]
  managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}
