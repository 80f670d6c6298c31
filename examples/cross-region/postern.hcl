# What a sealed build releases has to survive its region and its account: S3 copies each release into the archive, which
# is another account in another region. A key of KMS encrypts either side, and neither account may use the other's for
# anything else.

postern {
  prefix     = "acme"
  encryption = "kms" # the default
}

account "tooling" {
  id     = "111111111111"
  region = "eu-central-1"
}

account "archive" {
  id     = "333333333333"
  region = "eu-west-1"
}

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

repository "app" { account = account.tooling }

runner "release" {
  network = network.ci
  publish = [replication.releases]
  codebuild {
    source      = repository.app
    environment = { RELEASES = "s3://${replication.releases.bucket}" }
  }
}

# S3 promises fifteen minutes for 99.9 per cent of the objects (time_control). A deletion travels as a delete marker; the
# versions behind it stay for another ninety days, on either side. Versions that somebody deletes stay in the archive.
replication "releases" {
  from {
    account = account.tooling
  }
  to {
    account       = account.archive
    storage_class = "STANDARD_IA"
  }
  time_control    = true
  delete_markers  = true
  noncurrent_days = 90
}
