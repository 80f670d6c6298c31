locals {
  region = "ap-northeast-1"
  zones  = ["a", "c"]
  apps   = { app = "The shop", "admin" = "Behind the shop" }
}

postern {
  prefix     = "acme"
  output     = "live"
  encryption = "kms"
  tags       = { owner = "platform", (local.region) = length(local.zones), none = null }
  state {
    bucket = "acme-${account.tooling.id}-state"
    region = local.region
  }
}

account "tooling" {
  id     = "111111111111"
  region = local.region
}

account "prod" {
  id          = "222222222222"
  region      = account.tooling.region
  deploy_role = "deploy"
}

account "china" {
  id     = "333333333333"
  region = "cn-north-1"
}

network "ci" {
  account   = account["tooling"]
  cidr      = cidrsubnet("10.20.0.0/16", 4, 3)
  zones     = local.zones
  flow_logs = false
}

network "old" {
  account         = account.prod
  region          = null
  vpc_id          = "vpc-0a1b2c3d4e5f60718"
  subnet_ids      = ["subnet-1", upper("subnet-2")]
  route_table_ids = [for s in ["1", "2"] : "rtb-${s}"]
  egress          = network.ci.cidr == "x" ? "nat" : null
}

repository "app" {
  account     = account.tooling
  description = local.apps.app
}

image "app" {
  account = account.tooling
  keep    = 50
  readers = [account.prod, account.china]
}

image "tools" {
  account = account.china
  region  = "cn-northwest-1"
  name    = "team/tools"
}

runner "builder" {
  network = network.ci
  codebuild {
    image       = "${image.tools.url}:1"
    compute     = "small"
    docker      = true
    source      = repository.app
    buildspec   = file("buildspec.yml")
    timeout     = "60"
    environment = {
      CLONE = repository.app.clone_url_http
      ARN   = repository.app.arn
      IMAGE = image.app.arn
      PLACE = "${account.china.partition} ${account.china.dns_suffix} ${runner.builder.name}"
    }
    secrets    = { TOKEN = "ci/token" }
    parameters = { for k, v in local.apps : upper(k) => v }
    push       = [image.app]
    pull       = values(image)
    read       = ["arn:aws:s3:::inputs"]
    write      = [format("arn:aws:s3:::%s", image[join("", ["to", "ols"])].name)]
    keys       = null
    assume     = account.prod.id == "" ? [] : ["arn:aws:iam::${account.prod.id}:role/deploy"]
    uses       = []
  }
}

runner "s3" {
  network = network.old
  codebuild {
    source = "arn:aws:s3:::inputs/source.zip"
  }
}

runner "nothing" {}
