"""Puts distributions into a package index in S3, and writes the pages of their projects anew.

python3 publish.py BUCKET REGION dist/*
"""
import html
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

bucket, region, *files = sys.argv[1:]


def aws(*arguments):
    done = subprocess.run(["aws", *arguments, "--region", region], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def folder(file):
    """simple/NAME/, with the project's name as the index standard (PEP 503) has it: Foo.Bar_baz is foo-bar-baz."""
    name = file.split("-")[0] if file.endswith(".whl") else file.rsplit("-", 1)[0]
    return "simple/" + re.sub(r"[-_.]+", "-", name).lower() + "/"


files = [pathlib.Path(file) for file in files]
for file in files:
    aws("s3", "cp", str(file), f"s3://{bucket}/{folder(file.name)}{file.name}", "--only-show-errors")

for project in sorted({folder(file.name) for file in files}):
    listed = ["--prefix", project, "--query", "Contents[].Key", "--output", "json"]
    keys = json.loads(aws("s3api", "list-objects-v2", "--bucket", bucket, *listed))
    names = sorted(key.removeprefix(project) for key in keys if key != project)
    links = "".join(f'<a href="{urllib.parse.quote(name)}">{html.escape(name)}</a><br>\n' for name in names)
    with tempfile.NamedTemporaryFile("w") as page:  # its key ends in a slash, so pip finds it without a web server
        page.write("<!DOCTYPE html>\n" + links)
        page.flush()
        written = ["--key", project, "--body", page.name, "--content-type", "text/html"]
        aws("s3api", "put-object", "--bucket", bucket, *written)
