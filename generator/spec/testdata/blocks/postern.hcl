prefix = "acme"

posten {
  prefix = "acme"
}

postern "acme" {
  prefx = "acme"
  tags {
    owner = "me"
  }
  state "main" {
    bucket = "a"
    region = "b"
  }
  state {
    bucket = "c"
    region = "d"
  }
}

postern {
  output = "elsewhere"
}

locals "x" {
  a = 1
  b {
    c = 1
  }
}

locals {
  a = 2
}

account {
  id = "111111111111"
}

account "Tooling_Main" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "--" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "a-name-that-is-longer-than-any-name" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "one" "two" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "one" {
  id     = "111111111111"
  region = "eu-west-1"
  state {}
}

bucket "x" {}

runner "r" {
  codebuild = {}
  codebiuld {}
  subnet {}
}

runner "s" {
  network = "somewhere"
  color   = "blue"
}
