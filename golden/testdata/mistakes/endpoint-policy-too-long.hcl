account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

runner "reader-a" {
  network = network.ci
  codebuild {
    buildspec = file("buildspec.yml")
    read      = [for n in range(70) : "arn:aws:s3:::acme-inputs-of-team-a-in-${2000 + n}"]
  }
}

runner "reader-b" {
  network = network.ci
  codebuild {
    buildspec = file("buildspec.yml")
    read      = [for n in range(70) : "arn:aws:s3:::acme-inputs-of-team-b-in-${2000 + n}"]
  }
}

runner "reader-c" {
  network = network.ci
  codebuild {
    buildspec = file("buildspec.yml")
    read      = [for n in range(70) : "arn:aws:s3:::acme-inputs-of-team-c-in-${2000 + n}"]
  }
}
