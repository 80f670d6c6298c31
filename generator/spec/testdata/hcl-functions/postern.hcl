account "tooling" {
  id     = uppr("x")
  region = upper()
}

account "prod" {
  id     = file("../blocks/postern.hcl")
  region = file("missing.txt")
}

account "third" {
  id     = file("/etc/passwd")
  region = file(".")
}

account "fourth" {
  id     = pow(-1, 0.5)
  region = "${[1]}"
}

account "fifth" {
  id     = cidrsubnet("10.0.0.0/8", 300, 1)
  region = cidrhost("ten", 1)
}
