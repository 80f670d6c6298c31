# A private build environment: clones from CodeCommit, builds a container image and pushes it to ECR,
# in a VPC with no way out to the internet.

account "tooling" {
  id     = "111111111111"
  region = "ap-northeast-1"
}

network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "c"]
}

repository "app" { account = account.tooling }

# What the Dockerfile begins FROM, mirrored into ECR: Docker Hub is out of reach.
image "python" { account = account.tooling }

image "app" { account = account.tooling }

runner "builder" {
  network = network.ci
  codebuild {
    docker      = true
    source      = repository.app
    pull        = [image.python]
    push        = [image.app]
    environment = { BASE = image.python.url, IMAGE = image.app.url }
  }
}
