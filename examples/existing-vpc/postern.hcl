# Builds in a VPC that another team made and keeps. Postern adds endpoints and security groups to it, and nothing else.
# The VPC needs DNS hostnames and DNS support, no endpoint yet for the services that the build needs, and no other
# tenants: the private DNS names of endpoints hold for the whole VPC, and these endpoints admit this build alone.

account "tooling" {
  id     = "111111111111"
  region = "eu-central-1"
}

network "shared" {
  account         = account.tooling
  vpc_id          = "vpc-0a1b2c3d4e5f60718"
  subnet_ids      = ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]
  route_table_ids = ["rtb-0a1b2c3d4e5f60718"]
}

runner "archive" {
  network = network.shared
  codebuild {
    source    = "arn:aws:s3:::acme-sources/app.zip"
    buildspec = file("buildspec.yml")
    read      = ["arn:aws:s3:::acme-sources"]
    write     = ["arn:aws:s3:::acme-releases"]
    keys      = ["arn:aws:kms:eu-central-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
  }
}
