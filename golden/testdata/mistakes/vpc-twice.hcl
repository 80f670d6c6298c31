account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

network "ci" {
  account         = account.tooling
  vpc_id          = "vpc-0a1b2c3d4e5f60718"
  subnet_ids      = ["subnet-0a1b2c3d4e5f60001"]
  route_table_ids = ["rtb-0a1b2c3d4e5f60718"]
}

network "release" {
  account         = account.tooling
  vpc_id          = "vpc-0a1b2c3d4e5f60718"
  subnet_ids      = ["subnet-0a1b2c3d4e5f60002"]
  route_table_ids = ["rtb-0a1b2c3d4e5f60718"]
}
