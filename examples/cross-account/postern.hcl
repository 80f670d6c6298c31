# A build behind closed doors deploys to another account. Its network has no way out, so it assumes the role there
# through its STS endpoint, which admits this one role and no other.
#
# With guard = "session" the role repeats in its permissions where requests have to come from: keys of a session that
# leak, in a log for instance, are worth nothing outside the network.

account "tooling" {
  id     = "111111111111"
  region = "ap-northeast-1"
}

account "prod" {
  id     = "222222222222"
  region = "ap-northeast-1"
}

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "c"]
}

repository "app" { account = account.tooling }

# CodeBuild acts as a role of its own, so it shows no token, and may assume what a role says that it may. To deploy to ECS
# it needs the endpoint of ECS, which the assumed role then goes through.
runner "deployer" {
  network = network.ci
  codebuild {
    source      = repository.app
    uses        = ["ecs"]
    environment = { ROLE = role.deploy.arn }
  }
}

role "deploy" {
  account = account.prod
  runners = [runner.deployer]
  guard   = "session"

  allow {
    actions   = ["ecs:DescribeServices", "ecs:UpdateService"]
    resources = ["arn:aws:ecs:ap-northeast-1:222222222222:service/app/*"]
  }
}
