"""As much of the AWS CLI as publish.py uses: objects are files below $BUCKETS, and one whose key ends in a slash is "page"."""
import json
import os
import pathlib
import shutil
import sys

root = pathlib.Path(os.environ["BUCKETS"])
service, command, *rest = sys.argv[1:]


def option(name):
    return rest[rest.index(name) + 1]


def place(bucket, key):
    path = root / bucket / (key + "page" if key.endswith("/") else key)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


assert option("--region") == "eu-west-1"
if (service, command) == ("s3", "cp"):
    bucket, _, key = rest[1].removeprefix("s3://").partition("/")
    shutil.copy(rest[0], place(bucket, key))
elif (service, command) == ("s3api", "put-object"):
    assert option("--content-type") == "text/html"
    shutil.copy(option("--body"), place(option("--bucket"), option("--key")))
elif (service, command) == ("s3api", "list-objects-v2"):
    assert option("--query") == "Contents[].Key"
    bucket = root / option("--bucket")
    keys = [str(f.relative_to(bucket)).removesuffix("page") for f in sorted(bucket.rglob("*")) if f.is_file()]
    print(json.dumps([key for key in keys if key.startswith(option("--prefix"))]))
else:
    sys.exit("unknown command")
