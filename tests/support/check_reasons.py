#!/usr/bin/env python3
"""Every code that the engine and the gateway give as a reason stands in a list of the source."""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LISTS = ["gateway/core/reason.h", "gateway/reason.h", "ra-tls/shim/reason.h", "certbind/status.h",
         "certbind/status_dcap.h", "certbind/status_binding.h"]
# Words with hyphens that are no codes: states, header values, names.
OTHER = {"keep-alive", "100-continue", "read-head", "devproof-gateway", "close-notify", "x-devproof-",
         "devproof-", "x-flashbots-", "no-store"}


def listed():
    names = set()
    for path in LISTS:
        full = os.path.join(ROOT, path)
        if os.path.exists(full):
            names |= set(re.findall(r'X\((?:[A-Z0-9_]+,\s*)?"([a-z0-9-]+)"', open(full).read()))
    return names


def main():
    names, bad, seen = listed(), [], 0
    # A code is what follows a status, or is assigned to a member that holds one.
    pattern = re.compile(r'(?:\b[45]\d\d,|(?:reason|code)\s*=|\bfail\(r,)\s*"([a-z0-9]+(?:-[a-z0-9]+)*)"')
    for folder, _, files in sorted(f for top in ("gateway", "ra-tls/shim")
                                   for f in os.walk(os.path.join(ROOT, top))):
        for name in sorted(files):
            if not name.endswith(".c"):
                continue
            path = os.path.relpath(os.path.join(folder, name), ROOT)
            for code in pattern.findall(open(os.path.join(ROOT, path), encoding="utf-8").read()):
                seen += 1
                if code not in names and code not in OTHER:
                    bad.append(f"{path}: '{code}' stands in no list")
    for b in bad:
        print(b)
    print(f"reasons: {seen} uses, {len(names)} listed, {len(bad)} unknown")
    return 1 if bad or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
