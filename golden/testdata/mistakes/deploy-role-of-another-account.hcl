account "tooling" {
  id          = "111111111111"
  region      = "eu-west-1"
  deploy_role = "arn:aws:iam::222222222222:role/terraform"
}
