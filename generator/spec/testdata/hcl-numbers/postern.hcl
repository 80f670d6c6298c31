locals {
  square = 1e200 * 1e200
  literal = 1e600000000
  text   = "${1e600000000}"
  wide   = format("%2000d", 1)
  json   = jsondecode("1e600000000")
  pad    = indent(100000, "a\nb")
  digits = parseint(join("", [for i in range(1001) : "9"]), 10)
}

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
