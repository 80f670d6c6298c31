# A release tells those who wait for it: a topic of the account that builds it, and one of the account that runs it. The
# network has no way out, so both are notified through one endpoint, whose policy names them.

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

repository "app" { account = account.tooling }

topic "builds" { account = account.tooling }

# Of another account: the topic and the key that encrypts it admit the role of this one build.
topic "releases" {
  account = account.prod
  name    = "app-releases"
}

# The buildspec runs: aws sns publish --topic-arn "$RELEASES" --message "…"
runner "release" {
  network = network.ci
  codebuild {
    source      = repository.app
    notify      = [topic.builds, topic.releases]
    environment = { BUILDS = topic.builds.arn, RELEASES = topic.releases.arn }
  }
}
