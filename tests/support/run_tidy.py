#!/usr/bin/env python3
"""Run clang-tidy over the sources of the project that the build compiles."""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = ("certbind/", "gateway/", "ra-tls/", "tests/simulator/")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--build", required=True)
    p.add_argument("-j", type=int, default=2)
    a = p.parse_args()
    with open(os.path.join(a.build, "compile_commands.json"), encoding="utf-8") as f:
        commands = {os.path.relpath(os.path.realpath(c["file"]), ROOT): c for c in json.load(f)}
    files = sorted(f for f in commands if f.startswith(FOLDERS))
    # One command a file: the same one twice in a run makes the analyzer see what is not there.
    once = tempfile.TemporaryDirectory()
    with open(os.path.join(once.name, "compile_commands.json"), "w", encoding="utf-8") as f:
        json.dump([commands[name] for name in files], f)

    def tidy(name):
        return name, subprocess.run(["clang-tidy", "--quiet", "-p", once.name, name], cwd=ROOT,
                                    capture_output=True, text=True)
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(a.j) as pool:
        for name, run in pool.map(tidy, files):
            if run.returncode:
                bad += 1
                print(f"== {name}\n{run.stdout}{run.stderr}")
    print(f"clang-tidy: {len(files)} files, {bad} with findings")
    return 1 if bad or not files else 0


if __name__ == "__main__":
    sys.exit(main())
