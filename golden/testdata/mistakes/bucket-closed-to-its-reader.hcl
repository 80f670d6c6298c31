account "ci" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "web" {
  id     = "222222222222"
  region = "eu-west-1"
}

account "shop" {
  id     = "333333333333"
  region = "eu-west-1"
}

network "ci" {
  account = account.ci
  cidr    = "10.20.0.0/20"
  zones   = ["a"]
}

replication "web" {
  from {
    account = account.ci
  }
  to {
    account = account.web
    bucket  = "acme-web"
  }
}

package_index "py" {
  account    = account.web
  readers    = [runner.release]
  publishers = [runner.release]
}

runner "release" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/release"
  publish   = [replication.web]
}

runner "builder" {
  network = network.ci
  codebuild {
    buildspec = "{}"
    read      = ["arn:aws:s3:::acme-web", package_index.py.arn]
  }
}

role "shop" {
  account = account.shop
  runners = [runner.release]

  allow {
    actions   = ["s3:GetObject", "s3:ListBucket"]
    resources = [replication.web.bucket_arn, "${replication.web.bucket_arn}/*"]
  }
}
