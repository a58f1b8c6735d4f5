#!/usr/bin/env python3
"""Run CTest and judge its skips: a skip that is not listed in tests/allowed-skips.txt fails."""
import argparse
import os
import subprocess
import sys
import xml.etree.ElementTree as ET

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def allowed():
    with open(os.path.join(ROOT, "tests/allowed-skips.txt"), encoding="utf-8") as f:
        return {line.split()[0] for line in f if line.strip() and not line.startswith("#")}


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--build", required=True)
    p.add_argument("-j", default="2")
    a, rest = p.parse_known_args()
    report = os.path.abspath(os.path.join(a.build, "ctest.xml"))
    run = subprocess.run(["ctest", "--test-dir", a.build, "-j", a.j, "--output-on-failure",
                          "--no-tests=error", "--output-junit", report] + rest)
    skips = [t.get("name") for t in ET.parse(report).getroot().iter("testcase")
             if t.get("status") in ("notrun", "disabled") or t.find("skipped") is not None]
    bad = [s for s in skips if s not in allowed()]
    for s in skips:
        print(f"skipped: {s}" + (" (not in tests/allowed-skips.txt)" if s in bad else ""))
    return run.returncode or (1 if bad else 0)


if __name__ == "__main__":
    sys.exit(main())
