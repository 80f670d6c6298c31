account "ci" {
  id     = "111111111111"
  region = "eu-west-1"
}

network "ci" {
  account = account.ci
  cidr    = "10.20.0.0/20"
  zones   = ["a"]
}

runner "deployer" {
  network = network.ci
  codebuild {
    buildspec = "{}"
    assume    = [role.deploy.arn, role.build.arn, role.stack.arn]
    uses      = ["ssm"]
  }
}

role "deploy" {
  account = account.ci
  runners = [runner.deployer]
  guard   = "session"
  allow {
    actions   = ["ecs:UpdateService", "ecs:DescribeServices", "ssm:GetParameter", "kms:Decrypt", "route53:ListHostedZones"]
    resources = ["*"]
  }
}

role "build" {
  account = account.ci
  runners = [runner.deployer]
  guard   = "session"
  allow {
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]
  }
}

role "stack" {
  account = account.ci
  runners = [runner.deployer]
  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["*"]
  }
}
