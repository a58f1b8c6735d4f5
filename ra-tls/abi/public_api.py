#!/usr/bin/env python3
"""What libratls offers to programs: its public headers and the names that they declare.

  public_api.py headers               the headers to install, one a line
  public_api.py map FILE              a version script that exports the names listed in FILE
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ENTRIES = ["ra-tls/ratls.h", "ra-tls/sources.h", "ra-tls/collateral.h", "ra-tls/policy_file.h",
           "ra-tls/archive.h", "certbind/certbind.h"]


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as f:
        return f.read()


def headers():
    """The entry headers and whatever they include of this project."""
    seen, todo = set(), list(ENTRIES)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += re.findall(r'^#include "([^"]+)"', read(name), re.M)
    return sorted(seen)


def words():
    """Every identifier with a prefix of ours in these headers, comments left out."""
    text = "".join(re.sub(r"/\*.*?\*/", "", read(h), flags=re.S) for h in headers())
    return set(re.findall(r"\b(?:ratls|certbind)_\w+", text))


def version_script(path):
    with open(path, encoding="utf-8") as f:
        listed = [line.strip().split("@@") for line in f if line.strip()]
    versions = sorted({version for _, version in listed})
    out = ""
    for n, version in enumerate(versions):
        names = "".join(f"        {name};\n" for name, v in listed if v == version)
        local = "    local:\n        *;\n" if n == 0 else ""
        base = f" {versions[n - 1]}" if n else ""
        out += f"{version} {{\n    global:\n{names}{local}}}{base};\n"
    return out


def main():
    if sys.argv[1:] == ["headers"]:
        print("\n".join(headers()))
    elif len(sys.argv) == 3 and sys.argv[1] == "map":
        print(version_script(sys.argv[2]), end="")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
