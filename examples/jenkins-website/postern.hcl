# A Jenkins that has been there for years builds the website, in an account of its own. The site belongs to another account.
#
# If Jenkins wrote into the bucket of account.web, what it writes would belong to account.ci, or be encrypted with a key
# that account.web may not use: the upload succeeds, and CloudFront answers with errors. So Jenkins writes into a
# staging bucket of its own account. S3 copies that into the bucket of account.web and makes account.web the owner.

postern {
  prefix = "acme"
}

account "ci" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "web" {
  id     = "222222222222"
  region = "eu-west-1"
}

# The IAM role of Jenkins' machine, and the address that the world sees of it.
runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.web]
}

# delete_markers: what Jenkins deletes is gone on the website, too.
replication "web" {
  from {
    account = account.ci
    bucket  = "acme-web-staging"
  }
  to {
    account = account.web
    bucket  = "acme-web"
  }
  delete_markers = true
}

# The bucket stays private: CloudFront reads it, and only this distribution does. Wherever the bucket is, the
# certificate has to be in us-east-1.
distribution "web" {
  account     = account.web
  origin      = replication.web
  aliases     = ["www.example.com"]
  certificate = "arn:aws:acm:us-east-1:222222222222:certificate/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
  logs        = true
}
