# Three runners in one network. They share its endpoints, and each gets what it needs through them and no more: one
# builds an image into another account's registry, one deploys with a role of that account, one has no
# source and writes reports. Terraform's state is in S3.

postern {
  prefix = "acme"
  output = "terraform"
  tags   = { owner = "platform", "cost-center" = "42" }

  state {
    bucket = "acme-terraform-state"
    region = "ap-northeast-1"
  }
}

account "tooling" {
  id          = "111111111111"
  region      = "ap-northeast-1"
  deploy_role = "terraform"
}

account "prod" {
  id          = "222222222222"
  region      = "ap-northeast-1"
  deploy_role = "terraform"
}

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "c", "d"]
}

repository "app" { account = account.tooling }

image "base" {
  account = account.tooling
  name    = "mirror/debian"
  readers = [account.prod]
}

image "app" { account = account.prod }

runner "builder" {
  network = network.ci
  codebuild {
    docker      = true
    source      = repository.app
    pull        = [image.base]
    push        = [image.app]
    environment = { IMAGE = image.app.url }
    parameters  = { SENTRY_DSN = "/app/sentry-dsn" }
  }
}

runner "deployer" {
  network = network.ci
  codebuild {
    image   = "${image.base.url}:2026-11"
    source  = repository.app
    assume  = ["arn:aws:iam::222222222222:role/deploy"]
    uses    = ["ecs"]
    secrets = { CHAT_TOKEN = "ci/chat:token" }
  }
}

runner "nightly" {
  network = network.ci
  codebuild {
    buildspec = file("nightly.yml")
    timeout   = 480
    read      = ["arn:aws:s3:::acme-reports"]
    write     = ["arn:aws:s3:::acme-reports"]
  }
}
