# A private build environment: it clones from CodeCommit, builds a container image and pushes it to ECR, in a network
# with no way out to the internet. This is the whole spec; what a build needs (endpoints, permissions, encryption keys,
# security groups) is worked out from it. To write the Terraform, run: postern generate

# Settings for everything. All are optional.
postern {
  output = "live" # the folder of the generated Terraform, beside this file
  tags   = { managed_by = "postern" }
}

# An AWS account, and the region in which its things live unless they say otherwise.
account "tooling" {
  id     = "111111111111" # yours
  region = "eu-central-1"

  # deploy_role = "terraform" # the role that Terraform assumes to work in this account
}

# A network of private subnets, one for each zone. It is sealed: builds reach the AWS services they need through
# endpoints, and nothing else. With egress = "nat" they also reach the internet.
network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

# What is built: a CodeCommit repository, with a buildspec.yml in it.
repository "app" {
  account = account.tooling
}

# What the Dockerfile begins FROM. Docker Hub is out of reach, so mirror it into ECR.
image "python" {
  account = account.tooling
}

# What the build makes.
image "app" {
  account = account.tooling
}

runner "builder" {
  network = network.ci
  codebuild {
    docker = true # may run docker build
    source = repository.app
    pull   = [image.python]
    push   = [image.app]

    # Variables of the build: docker build --build-arg BASE=$BASE:3.13 --tag $IMAGE:1 .
    environment = { BASE = image.python.url, IMAGE = image.app.url }
  }
}
