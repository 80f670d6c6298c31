# GitHub Actions on runners of one's own. Repositories made, renamed or transferred since 2026-07-15 show themselves by
# name and number, which nobody can take over: "ORG@ID/REPO@ID", as the subjects of their tokens have it. Older ones
# show their names alone, until they opt in.

account "staging" {
  id     = "111111111111"
  region = "eu-central-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-central-1"
}

# Someone made GitHub's provider in staging already. An account has one for each issuer.
issuer "github" {
  github {}
  existing = [account.staging]
}

# A runner group for production, and one for everything else.
runner "general" {
  addresses = ["198.51.100.16/29"]
  issuer    = issuer.github
}

runner "production" {
  addresses = ["203.0.113.40/31"]
  issuer    = issuer.github
}

# Reads everything, for plans on the main branch and on releases. A role without a branch, tag or environment
# would admit pull requests, so postern asks for one.
role "plan" {
  account          = account.staging
  runners          = [runner.general]
  repositories     = ["acme@1203551/platform@874120133"]
  branches         = ["main", "release/*"]
  managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}

# Jobs of the environment "production", whose reviewers GitHub asks first.
role "deploy" {
  account = account.prod
  runners = [runner.production]
  repositories = [
    "acme@1203551/platform@874120133",
    "acme/billing", # older than that, and still known by its name
  ]
  environments = ["production"]

  allow {
    actions   = ["cloudformation:CreateChangeSet", "cloudformation:DescribeChangeSet", "cloudformation:ExecuteChangeSet"]
    resources = ["arn:aws:cloudformation:eu-central-1:222222222222:stack/app-*/*"]
  }
}
