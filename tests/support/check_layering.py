#!/usr/bin/env python3
"""Who may include whom. Reads every #include line and fails on one the table forbids."""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = ["certbind", "ra-tls", "gateway", "tests/simulator"]

# The module a path belongs to: the longest prefix wins.
MODULES = [
    "certbind/compose", "certbind/chain", "certbind",
    "ra-tls/cli", "ra-tls/shim", "ra-tls",
    "gateway/core", "gateway/sandbox", "gateway/upstream_attested", "gateway/collateral",
    "gateway/handover", "gateway/config", "gateway/log", "gateway/agent", "gateway/limits", "gateway/identity",
    "gateway/evidence", "gateway/acme/challenges", "gateway/acme/jws", "gateway/metrics/histogram", "gateway",
    "tests/simulator",
]
# What of this project a module may include, beside itself.
ALLOWED = {
    "certbind": [],
    "certbind/compose": ["certbind"],
    "certbind/chain": ["certbind"],
    "ra-tls": ["certbind", "certbind/compose"],
    "ra-tls/shim": ["ra-tls", "certbind", "gateway/core", "gateway/upstream_attested"],
    "ra-tls/cli": ["ra-tls", "ra-tls/shim", "certbind", "certbind/compose", "certbind/chain"],
    "gateway/core": [],
    "gateway/sandbox": [],
    "gateway/handover": [],
    "gateway/acme/challenges": ["gateway/core", "gateway/acme/jws", "certbind"],
    "gateway/acme/jws": ["certbind"],
    "gateway/metrics/histogram": [],
    "gateway/config": ["gateway/core", "gateway/acme/jws", "certbind"],
    "gateway/log": ["gateway/config"],
    "gateway/agent": ["gateway/log", "gateway/metrics/histogram", "certbind"],
    "gateway/limits": ["gateway/core", "gateway/config", "gateway/log"],
    "gateway/identity": ["gateway/core", "gateway/config", "gateway/log", "gateway/acme/challenges", "certbind"],
    "gateway/evidence": ["gateway/core", "gateway/config", "gateway/log", "gateway/agent", "certbind"],
    "gateway": ["gateway/core", "gateway/sandbox", "gateway/upstream_attested", "gateway/collateral", "gateway/handover",
                "gateway/acme/challenges", "gateway/acme/jws", "gateway/metrics/histogram", "gateway/config",
                "gateway/log", "gateway/agent", "gateway/limits", "gateway/identity", "gateway/evidence", "certbind"],
    "gateway/upstream_attested": ["gateway/core", "certbind", "ra-tls"],
    "gateway/collateral": ["gateway/log", "gateway/evidence", "certbind", "ra-tls"],
    "tests/simulator": ["certbind"],
}
# System headers that a module may never include.
FORBIDDEN = {
    "certbind": r"openssl/ssl|uv\.h|llhttp|sys/socket|netinet|curl/|stdio_ext|fcntl|unistd|time\.h|yaml",
    "certbind/compose": r"openssl/ssl|uv\.h|llhttp|sys/socket|netinet|curl/|fcntl|unistd|time\.h",
    "certbind/chain": r"openssl/ssl|uv\.h|llhttp|sys/socket|netinet|curl/|fcntl|unistd|time\.h|yaml",
    "ra-tls": r"uv\.h|nghttp2",
    "gateway/core": r"cjson|secp256k1|curl/|nettle",
}
# The simulator makes evidence: it may use encoders and formats, never the code that judges.
SIMULATOR_HEADERS = {
    "certbind/bytes.h", "certbind/status.h", "certbind/hex.h", "certbind/digest.h",
    "certbind/json.h", "certbind/event_digest.h", "certbind/tls_key.h", "certbind/preimage.h",
}


def module_of(path):
    fits = [m for m in MODULES if path == m or path.startswith(m + "/") or
            (m not in ("certbind", "ra-tls", "gateway") and path.startswith(m + "."))]
    return max(fits, key=len) if fits else None


def main():
    bad = []
    seen = 0
    for folder in FOLDERS:
        for base, _, names in os.walk(os.path.join(ROOT, folder)):
            for name in sorted(names):
                if not name.endswith((".c", ".h")):
                    continue
                path = os.path.relpath(os.path.join(base, name), ROOT)
                own = module_of(path)
                seen += 1
                for n, line in enumerate(open(os.path.join(ROOT, path), encoding="utf-8"), 1):
                    m = re.match(r'\s*#\s*include\s+(["<])([^">]+)', line)
                    if not m:
                        continue
                    where, inc = f"{path}:{n}", m[2]
                    if m[1] == "<":
                        if own in FORBIDDEN and re.search(FORBIDDEN[own], inc):
                            bad.append(f"{where}: {own} may not use <{inc}>")
                        continue
                    if inc.startswith("tests/") and own != "tests/simulator":
                        bad.append(f"{where}: nothing includes from tests/")
                    other = module_of(inc)
                    if other and other != own and other not in ALLOWED[own]:
                        bad.append(f"{where}: {own} may not use {other} ({inc})")
                    if own == "tests/simulator" and other == "certbind" and \
                            inc not in SIMULATOR_HEADERS:
                        bad.append(f"{where}: the simulator may not use verifying code ({inc})")
    for b in bad:
        print(b)
    print(f"layering: {seen} files, {len(bad)} forbidden includes")
    return 1 if bad or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
