postern { prefix = "acme" }
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
account "prod" {
  id     = "222222222222"
  region = "us-east-1"
}
network "ci" {
  account = account.tooling
  cidr    = "10.0.0.0/20"
  zones   = ["a"]
}
network "out" {
  account = account.tooling
  cidr    = "10.1.0.0/20"
  zones   = ["a"]
  egress  = "nat"
}
runner "builder" {
  network = network.ci
  codebuild { buildspec = "version: 0.2\nphases: {}\n" }
  publish = [replication.web]
}
issuer "gitlab" {
  gitlab {}
}
runner "deployer" {
  network = network.out
  issuer  = issuer.gitlab
}
runner "office" {
  addresses = ["198.51.100.9"]
  issuer    = issuer.gitlab
}
role "release" {
  account  = account.prod
  runners  = [runner.deployer, runner.office]
  projects = ["acme/web"]
  branches = ["main"]
  publish  = [replication.web]
}
runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::333333333333:role/jenkins"
  publish   = [replication.web, replication.tagged, replication.theirs]
}
replication "web" {
  from { account = account.tooling }
  to {
    account       = account.prod
    storage_class = "STANDARD_IA"
  }
  to {
    account = account.tooling
    region  = "eu-west-2"
  }
  to {
    account    = account.prod
    region     = "eu-central-1"
    bucket     = "acme-there-already"
    existing   = true
    versioning = true
    kms_key    = "arn:aws:kms:eu-central-1:222222222222:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
  }
  prefix           = "public/"
  time_control     = true
  existing_objects = true
}
replication "tagged" {
  from {
    account = account.tooling
  }
  to {
    account = account.prod
  }
  prefix      = "it's `odd` $HOME/"
  object_tags = { "publish to" = "a+b", stage = "prod" }
  encryption  = "aws"
}
replication "theirs" {
  from {
    account    = account.tooling
    bucket     = "acme-there-too"
    existing   = true
    versioning = true
    kms_key    = "arn:aws:kms:eu-west-1:444444444444:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
  }
  to {
    account = account.prod
  }
  delete_markers = true
}
