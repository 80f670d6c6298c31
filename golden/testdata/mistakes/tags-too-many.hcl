postern {
  tags = { for n in range(49) : "tag-${n}" => "" }
}

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
