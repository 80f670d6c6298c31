account "tooling" {
  id     = "1111"
  region = "eu-west-1"
}

network "ci" {
  account = account.toling
  cidr    = "10.20.0.1/20"
  zone    = ["a", "b"]
}

image "app" {
  account = account.tooling
  keep    = "many"
  name    = "App"
}

runner "builder" {
  network = network.ci
  codebuild {
    docker  = true
    source  = repository.app
    pul     = [image.app]
    push    = [image.app]
    timeout = 1
  }
}
