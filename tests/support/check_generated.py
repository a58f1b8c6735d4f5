#!/usr/bin/env python3
"""Compare the documentation that comes from tables in the source with what stands in the files.

With --write the files are brought up to date (`make generate`).
"""
import argparse
import json
import os
import re
import subprocess
import sys

import completion

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# file, what to print, marker of the part (None: the whole file)
PARTS = [
    ("docs/reason-codes.md", "reasons", None),
    ("conf/gateway.schema.json", "schema", None),
    ("docs/configuration.md", "config", "config"),
    ("docs/client.md", "policy", "policy"),
    ("docs/metrics.md", "metrics", "metrics"),
    ("docker/app-compose.json", "docker/compose.yaml", None),
    ("docker/dstack/app-compose.json", "docker/dstack/docker-compose.yaml", None),
] + [(path, (name, shell), None) for path, name, shell in completion.places()]


def printed(build, what):
    if isinstance(what, tuple):
        return completion.script(build, *what)
    if what.endswith(".yaml"):
        return subprocess.run([os.path.join(ROOT, "docker", "app-compose"), "--name", "my-app",
                               os.path.join(ROOT, what)], capture_output=True, text=True,
                              check=True).stdout
    tool = os.path.join(build, "tests", "print_reference")
    text = subprocess.run([tool, what], capture_output=True, text=True, check=True).stdout
    if what == "schema":
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema",
                  "title": "Configuration of devproof-gateway", **json.loads(text)}
        return json.dumps(schema, indent=2) + "\n"
    return text


def expected(path, text, marker):
    if marker is None:
        return text
    with open(path, encoding="utf-8") as f:
        old = f.read()
    begin, end = f"<!-- generated: {marker} -->\n", f"<!-- end: {marker} -->"
    if begin not in old or end not in old:
        raise SystemExit(f"{path}: no part marked '{marker}'")
    return re.sub(re.escape(begin) + ".*?" + re.escape(end),
                  lambda _: begin + "\n" + text + "\n" + end, old, flags=re.S)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--build", required=True)
    p.add_argument("--write", action="store_true")
    a = p.parse_args()
    stale = []
    for name, what, marker in PARTS:
        path = os.path.join(ROOT, name)
        text = expected(path, printed(a.build, what), marker)
        old = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
        if text == old:
            continue
        stale.append(name)
        if a.write:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
    for name in stale:
        print(f"{name}: " + ("written" if a.write else "stale; run `make generate`"))
    return 1 if stale and not a.write else 0


if __name__ == "__main__":
    sys.exit(main())
