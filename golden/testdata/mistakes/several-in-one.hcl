postern {
  prefix = "Acme"
}

account "tooling" {
  id     = "11111111111"
  region = "eu-west-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-west-1b"
}

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.1/20"
  zones   = ["a", "z"]
}

network "prod" { # passed over: its account has no region
  account = account.prod
  cidr    = "10.30.0.0/20"
  zones   = ["a"]
}

repository "app" {
  account = account.tooling
  name    = "team app"
}

runner "builder" {
  network = network.ci
  codebuild {
    docker  = true
    source  = repository.app
    compute = "large"
    uses    = ["sms"]
    secrets = { TOKEN = "ci token" }
  }
}
