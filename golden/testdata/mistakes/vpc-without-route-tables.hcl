account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

network "ci" {
  account    = account.tooling
  vpc_id     = "vpc-0a1b2c3d4e5f60718"
  subnet_ids = ["subnet-0a1b2c3d4e5f60001"]
}

runner "builder" {
  network = network.ci
  codebuild {
    buildspec = file("buildspec.yml")
    read      = ["arn:aws:s3:::acme-inputs"]
  }
}
