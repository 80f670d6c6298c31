# A network with a way out reaches topics of other regions, past an endpoint that it has for those of its own.

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a"]
  egress  = "nat"
}

topic "near" { account = account.tooling }

topic "far" {
  account = account.tooling
  region  = "us-east-1"
  name    = "app-far"
}

runner "release" {
  network = network.ci
  codebuild {
    buildspec = "{}"
    uses      = ["sns"]
    notify    = [topic.near, topic.far]
  }
}
