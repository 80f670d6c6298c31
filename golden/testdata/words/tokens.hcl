# Words of issuers, and of roles for their tokens.

account "prod" {
  id     = "111111111111"
  region = "us-east-1"
}

issuer "github" {
  github { url = "https://github.example.com/_services/token" }
}

issuer "jenkins" {
  jenkins { url = "https://ci.example.com" }
}

issuer "circleci" {
  circleci { organization_id = "7c1e4d2a-5b90-4f3e-8a6d-1f2e3d4c5b6a" }
}

issuer "other" {
  url       = "https://id.example.com"
  audiences = ["sts.amazonaws.com"]
}

runner "github" {
  addresses = ["198.51.100.1"]
  issuer    = issuer.github
}

runner "jenkins" {
  addresses = ["198.51.100.2"]
  issuer    = issuer.jenkins
}

runner "circleci" {
  addresses = ["198.51.100.3"]
  issuer    = issuer.circleci
}

runner "other" {
  addresses = ["198.51.100.4"]
  issuer    = issuer.other
}

# The vendor has machines elsewhere, or reaches S3 over the internet.
runner "elsewhere" {
  issuer    = issuer.other
  addresses = ["198.51.100.5"]
  hosted {
    vendor  = "acme"
    regions = ["us-west-2"]
  }
}

runner "around" {
  issuer    = issuer.other
  addresses = ["198.51.100.6"]
  hosted {
    vendor    = "acme"
    regions   = ["us-east-1"]
    endpoints = ["dynamodb"]
  }
}

role "github" {
  account      = account.prod
  runners      = [runner.github]
  repositories = ["acme/app"]
  tags         = ["v1", "v2"]
}

role "jenkins" {
  account  = account.prod
  runners  = [runner.jenkins]
  jobs     = ["folder/deploy", "folder/release"]
  subjects = ["https://ci.example.com/job/template/"]
}

role "circleci" {
  account  = account.prod
  runners  = [runner.circleci]
  projects = ["c3d4e5f6-0000-4000-8000-000000000001"]
}

role "other" {
  account  = account.prod
  runners  = [runner.other]
  subjects = ["team:app:deploy"]
}

package_index "python" {
  account    = account.prod
  readers    = [runner.elsewhere, runner.around]
  publishers = [role.other]
}
