# Both buckets have been there for years: Jenkins fills one, and another team keeps the other. Postern makes the role and
# the rules by which S3 copies, and changes neither bucket: a policy made here would replace its owner's. A page in the
# delivery stack has what the owners add to their policies first.

postern {
  prefix = "acme"
}

account "ci" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "archive" {
  id     = "222222222222"
  region = "eu-central-1"
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.reports]
}

# What is there already is copied once, by a job whose command is on the page (existing_objects). S3 has one list of rules for
# a bucket: those made here replace others.
replication "reports" {
  from {
    account    = account.ci
    bucket     = "acme-reports"
    existing   = true
    versioning = true
    kms_key    = "arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
  }
  to {
    account       = account.archive
    bucket        = "acme-reports-archive"
    existing      = true
    versioning    = true
    kms_key       = "arn:aws:kms:eu-central-1:222222222222:key/1b2c3d4e-0000-4000-8000-1b2c3d4e5f60"
    storage_class = "GLACIER_IR"
  }
  prefix           = "monthly/"
  existing_objects = true
}
