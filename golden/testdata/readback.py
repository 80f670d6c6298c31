"""Asks AWS, or what stands in for it, what buckets and distributions are like, as a client that is not Terraform.

It reads {"endpoint": …, "partition": …, "buckets": [{"account", "region", "bucket", "existing"}], "accounts": […]} and prints what it is told.
"""
import json
import sys

import boto3
from botocore.config import Config

asked = json.load(sys.stdin)
config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2})


def session(account):
    """Works in the account, as Terraform does: in a role that need not exist in an emulator."""
    sts = boto3.client("sts", region_name="us-east-1", endpoint_url=asked["endpoint"], config=config)
    role = f"arn:aws:iam::{account}:role/read"
    keys = sts.assume_role(RoleArn=role, RoleSessionName="read")["Credentials"]
    return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


sessions = {}


def client(service, account, region):
    if account not in sessions:
        sessions[account] = session(account)
    return sessions[account].client(service, region_name=region, endpoint_url=asked["endpoint"], config=config)


def bucket(b):
    s3 = client("s3", b["account"], b["region"])
    name = {"Bucket": b["bucket"]}
    out = {} if b["existing"] else {
        "Region": s3.get_bucket_location(**name)["LocationConstraint"] or "us-east-1",
        "Versioning": s3.get_bucket_versioning(**name).get("Status"),
        "Ownership": s3.get_bucket_ownership_controls(**name)["OwnershipControls"]["Rules"][0]["ObjectOwnership"],
        "Blocked": s3.get_public_access_block(**name)["PublicAccessBlockConfiguration"],
        "Encryption": s3.get_bucket_encryption(**name)["ServerSideEncryptionConfiguration"]["Rules"][0],
        "Lifecycle": s3.get_bucket_lifecycle_configuration(**name)["Rules"],
        "Policy": s3.get_bucket_policy(**name)["Policy"],
    }
    try:
        out["Replication"] = s3.get_bucket_replication(**name)["ReplicationConfiguration"]
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "ReplicationConfigurationNotFoundError":
            raise
    return out


def endpoints(b):
    """The S3 endpoints of the account and region, by name."""
    found = client("ec2", b["account"], b["region"]).describe_vpc_endpoints()["VpcEndpoints"]
    return {t["Value"]: e["VpcEndpointId"] for e in found for t in e.get("Tags", []) if t["Key"] == "Name"}


def distributions(account):
    """The configurations of the account's distributions, by comment."""
    cloudfront = client("cloudfront", account, "us-east-1")
    items = cloudfront.list_distributions()["DistributionList"].get("Items", [])
    found = [cloudfront.get_distribution(Id=item["Id"])["Distribution"] for item in items]
    return {d["DistributionConfig"]["Comment"]: {"ARN": d["ARN"], "Config": d["DistributionConfig"]} for d in found}


json.dump({
    "Buckets": {b["bucket"]: bucket(b) for b in asked["buckets"]},
    "Endpoints": {name: id for e in asked["networks"] for name, id in endpoints(e).items()},
    "Distributions": {comment: d for a in asked["accounts"] for comment, d in distributions(a).items()},
}, sys.stdout)
