account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
}

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

runner "builder" {
  network = network.ci
  codebuild {
    buildspec = "{}"
  }
}

package_index "python" {
  account    = account.tooling
  readers    = [runner.builder]
  publishers = [runner.jenkins]
  region     = "us-east-1"
}
