# Words that say where things are, each with another value than the default.

account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

account "new" {
  id     = "333333333333"
  region = "eu-west-1"
}

network "ci" {
  account = account.tooling
  region  = "eu-central-1"
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

network "other" {
  account = account.tooling
  cidr    = "10.30.0.0/20"
  zones   = ["a", "b"]
}

repository "spare" {
  account = account.tooling
  region  = "eu-central-1"
}

image "spare" {
  account = account.tooling
  region  = "eu-central-1"
}

runner "builder" {
  account = account.tooling
  network = network.ci
  codebuild {
    source = "arn:aws:s3:::acme-sources/app.zip"
  }
}

runner "mover" {
  network   = network.other
  principal = "arn:aws:iam::111111111111:role/mover"
  uses      = ["ssm"]
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.web]
}

runner "office" { addresses = ["198.51.100.8"] }


replication "web" {
  from {
    account = account.tooling
    region  = "eu-central-1"
    bucket  = "acme-web-staging"
  }
  to { account = account.prod }
  to {
    account = account.prod
    region  = "eu-central-1"
  }
  encryption = "aws"
}

replication "spare" {
  from { account = account.tooling }
  to { account = account.prod }
  encryption = "aws"
}

replication "third" {
  from { account = account.tooling }
  to { account = account.prod }
  encryption = "aws"
}

role "spare" {
  account = account.tooling
  runners = [runner.jenkins]
  publish = [replication.spare, replication.third]
}

distribution "web" {
  account  = account.prod
  origin   = replication.web
  region   = "eu-central-1"
  index    = "start.html"
  access   = "identity"
  identity = "E2QWRUHAPOMQZL"
}

distribution "spare" {
  account = account.prod
  origin  = replication.spare
  index   = "start.html"
}

package_index "python" {
  account         = account.tooling
  region          = "eu-central-1"
  bucket          = "acme-python"
  readers         = [runner.office]
  publishers      = [runner.jenkins]
  administrators  = ["arn:aws:iam::111111111111:role/admin"]
  noncurrent_days = 90
}

package_index "wheels" {
  account    = account.tooling
  readers    = [runner.office]
  publishers = [runner.jenkins]
  proxy      = true
}
