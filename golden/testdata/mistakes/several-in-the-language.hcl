account "tooling" {
  id     = 111111111111
  region = ["eu-west-1"]
  role   = "deploy"
}

network "ci" {
  account = account.toolng
  cidr    = "10.20.0.0/20"
  zones   = "a"
}

runer "builder" {
  network = network.ci
}
