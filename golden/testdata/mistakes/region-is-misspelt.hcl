account "web" {
  id     = "111111111111"
  region = "eu-centrl-1"
}

account "new" {
  id     = "222222222222"
  region = "nz-harbour-1"
}

replication "web" {
  from {
    account = account.web
    region  = "eu-west-1a"
  }
  to {
    account = account.new
  }
  to {
    account = account.web
    region  = "Ireland"
  }
  to {
    account = account.new
    region  = "us-wets-2"
  }
}
