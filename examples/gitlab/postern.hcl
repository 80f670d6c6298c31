# A company on its way from Jenkins to a GitLab of its own. Until the last job has moved, both may deploy: GitLab's
# runners with tokens, Jenkins with the IAM role that its machine has. The runners work in a VPC that another team made;
# what the world sees of them are the addresses of its NAT gateways.

account "tooling" {
  id     = "111111111111"
  region = "eu-west-2"
}

account "prod" {
  id     = "222222222222"
  region = "eu-west-2"
}

network "shared" {
  account         = account.tooling
  vpc_id          = "vpc-0a1b2c3d4e5f60718"
  subnet_ids      = ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]
  route_table_ids = ["rtb-0a1b2c3d4e5f60718"]
  egress          = "nat"
  nat_addresses   = ["203.0.113.10", "203.0.113.11"]
}

issuer "gitlab" {
  gitlab {
    url = "https://gitlab.example.com"
  }
}

runner "gitlab" {
  network = network.shared
  issuer  = issuer.gitlab
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
}

role "deploy" {
  account  = account.prod
  runners  = [runner.gitlab, runner.jenkins]
  projects = ["platform/app"]
  branches = ["main"]

  allow {
    actions   = ["ecs:DescribeServices", "ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-2:222222222222:service/app/*"]
  }
}

# Releases are tags, and Jenkins makes none.
role "release" {
  account  = account.prod
  runners  = [runner.gitlab]
  projects = ["platform/app", "platform/web"]
  tags     = ["v*"]

  allow {
    actions   = ["s3:PutObject"]
    resources = ["arn:aws:s3:::acme-releases/*"]
  }
}
