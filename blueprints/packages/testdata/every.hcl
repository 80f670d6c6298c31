postern {
  prefix = "acme"
}

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

network "ci" {
  account = account.tooling
  cidr    = "10.0.0.0/20"
  zones   = ["a"]
}

network "out" {
  account = account.tooling
  cidr    = "10.1.0.0/20"
  zones   = ["a"]
  egress  = "nat"
}

issuer "gitlab" {
  gitlab {}
}

runner "builder" {
  network = network.ci
  codebuild {
    source = "arn:aws:s3:::acme/app.zip"
  }
}

runner "outgoing" {
  network = network.out
  codebuild {
    source = "arn:aws:s3:::acme/app.zip"
  }
}

runner "cloud" {
  addresses = ["198.51.100.64/28"]
  issuer    = issuer.gitlab
  hosted {
    vendor    = "gitlab"
    regions   = ["eu-west-1"]
    endpoints = ["s3"]
  }
}

runner "release" {
  addresses = ["198.51.100.9"]
  issuer    = issuer.gitlab
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::333333333333:role/jenkins"
}

role "release" {
  account  = account.tooling
  runners  = [runner.release]
  projects = ["acme/tools"]
  branches = ["main"]
}

package_index "python" {
  account    = account.tooling
  readers    = [runner.builder, runner.outgoing, runner.cloud]
  publishers = [role.release, runner.jenkins, runner.builder]
  proxy      = true
}

package_index "plain" {
  account    = account.tooling
  readers    = [runner.builder, runner.jenkins]
  publishers = []
}
