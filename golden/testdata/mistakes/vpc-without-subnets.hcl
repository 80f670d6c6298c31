account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

network "ci" {
  account         = account.tooling
  vpc_id          = "vpc-0a1b2c3d4e5f60718"
  route_table_ids = ["rtb-0a1b2c3d4e5f60718"]
}
