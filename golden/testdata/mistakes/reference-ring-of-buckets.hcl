account "ci" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "web" {
  id     = "222222222222"
  region = "eu-west-1"
}

replication "web" {
  from {
    account = account.ci
    bucket  = "${replication.shop.bucket}-web"
  }
  to {
    account = account.web
  }
}

replication "shop" {
  from {
    account = account.ci
    bucket  = "${replication.web.bucket}-shop"
  }
  to {
    account = account.web
  }
}
