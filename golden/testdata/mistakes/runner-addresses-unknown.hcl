account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

issuer "bitbucket" {
  bitbucket {
    workspace      = "acme"
    workspace_uuid = "3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f"
  }
}

network "shared" {
  account         = account.prod
  vpc_id          = "vpc-0a1b2c3d4e5f60718"
  subnet_ids      = ["subnet-0a1b2c3d4e5f60001"]
  route_table_ids = ["rtb-0a1b2c3d4e5f60718"]
}

runner "office" {
  network = network.shared
  issuer  = issuer.bitbucket
}

role "deploy" {
  account      = account.prod
  runners      = [runner.office]
  repositories = ["{c3d4e5f6-0000-4000-8000-000000000001}"]

  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]
  }
}
