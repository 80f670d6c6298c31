# Reports that a GitLab pipeline writes go two ways: to another region of the same account, for the office there, and
# into the auditors' account, which keeps them at the price of an archive.
#
# Of one bucket S3 copies what is below reports/ and has the tag audience = external. A delete marker has no tags, so
# with object_tags S3 refuses delete_markers: what is deleted here stays there.

postern {
  prefix     = "acme"
  encryption = "aws" # with keys of S3's own
}

account "data" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "audit" {
  id     = "222222222222"
  region = "eu-central-1"
}

issuer "gitlab" {
  gitlab {}
}

runner "office" {
  addresses = ["198.51.100.0/28"]
  issuer    = issuer.gitlab
}

# S3 knows nothing of tokens: the pipeline shows its token to get a session of this role, which then publishes.
role "reports" {
  account  = account.data
  runners  = [runner.office]
  projects = ["data/reports"]
  branches = ["main"]
  publish  = [replication.reports]
}

# existing_objects: the role may also copy what was there before, in a job of S3 Batch Replication. The README of the delivery
# stack has the command.
replication "reports" {
  from {
    account = account.data
  }
  to {
    account = account.data
    region  = "us-east-1"
  }
  to {
    account       = account.audit
    storage_class = "GLACIER_IR"
  }
  prefix           = "reports/"
  object_tags      = { audience = "external" }
  existing_objects = true
}
