package proof_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// wide is a spec with what no example has: several networks in a place, images of other regions and accounts, endpoints
// that take no policy, an existing VPC with a way out, roles and secrets of other accounts.
const wide = `
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

network "one" {
  account = account.tooling
  cidr    = "10.0.0.0/20"
  zones   = ["a"]
}

network "two" {
  account   = account.tooling
  cidr      = "10.1.0.0/20"
  zones     = ["a", "b", "c"]
  flow_logs = false
}

network "open" {
  account = account.tooling
  cidr    = "10.2.0.0/20"
  zones   = ["b"]
  egress  = "nat"
}

network "theirs" {
  account    = account.prod
  vpc_id     = "vpc-0a1b2c3d4e5f60718"
  subnet_ids = ["subnet-0a1b2c3d4e5f60001"]
  route_table_ids = ["rtb-0a1b2c3d4e5f60718"]
  egress     = "nat"
}

network "empty" {
  account = account.prod
  cidr    = "10.3.0.0/24"
  zones   = ["a"]
}

repository "app" { account = account.tooling }
image "own" { account = account.tooling }
image "shared" {
  account = account.prod
  readers = [account.tooling]
}
image "far" {
  account = account.prod
  region  = "us-east-1"
}

runner "a" {
  network = network.one
  codebuild {
    image  = "${image.shared.url}:1"
    docker = true
    source = repository.app
    pull   = [image.own, image.shared]
    push   = [image.own, image.shared]
    assume = ["arn:aws:iam::111111111111:role/local", "arn:aws:iam::222222222222:role/far"]
    keys   = ["arn:aws:kms:eu-west-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
    secrets = { A = "arn:aws:secretsmanager:eu-west-1:222222222222:secret:x-a1B2c3", B = "ci/token" }
    uses   = ["codedeploy", "kms", "sts", "logs", "s3"]
  }
}

runner "b" {
  network = network.one
  codebuild {
    image     = "999999999999.dkr.ecr.eu-west-1.amazonaws.com/tools/go:1"
    buildspec = "arn:aws:s3:::acme-specs/build.yml"
    read      = ["arn:aws:s3:::acme-in", "arn:aws:s3:::acme-other"]
    parameters = { P = "/aws/service/ami/linux", Q = "/app/x" }
  }
}

runner "c" {
  network = network.two
  codebuild { buildspec = "{}" }
}

runner "d" {
  network = network.open
  codebuild {
    docker = true
    source = repository.app
    push   = [image.far, image.own]
    uses   = ["ecr.api", "ecs"]
    write  = ["arn:aws:s3:::acme-out"]
  }
}

runner "e" {
  network = network.theirs
  codebuild {
    docker = true
    source = "arn:aws:s3:::acme-sources/app.zip"
    push   = [image.shared]
    assume = ["arn:aws:iam::111111111111:role/deploy"]
    uses   = ["sts"]
  }
}
`

func TestAWideSpecIsProved(t *testing.T) {
	for name, settings := range map[string]string{
		"keys of one's own": "",
		"keys of AWS":       "postern { encryption = \"aws\" }\n",
		"state in S3":       "postern {\n state {\n bucket = \"acme-state\"\n region = \"us-east-1\"\n }\n}\n",
	} {
		assert.Greater(t, proved(t, fromSpec(t, settings+wide), name).Claims, 700)
	}
}
