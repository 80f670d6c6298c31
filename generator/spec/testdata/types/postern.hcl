postern {
  prefix = { a = 1 }
  tags   = ["owner"]
  state {
    region = ["eu-west-1"]
  }
}

account "tooling" {
  id          = 012345678901
  region      = ["eu-west-1"]
  deploy_role = null
}

account "prod" {
  id     = null
  region = true
}

account "empty" {
}

network "ci" {
  account   = account.prod
  zones     = "a"
  flow_logs = "perhaps"
}

image "app" {
  account = account.prod
  keep    = 1.5
}

image "tools" {
  account = account.prod
  keep    = "many"
}

image "huge" {
  account = account.prod
  keep    = 1e300
}

image "none" {}

repository "none" {
  region = "eu-west-1"
}

runner "lonely" {
  codebuild {
    environment = { A = "1", "A" = "2", B = [1] }
    secrets     = account.prod
    timeout     = account.prod.id
    docker      = 3
  }
}
