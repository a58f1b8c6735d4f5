#!/usr/bin/env python3
"""Hold libratls to what was written down: exported names with versions, layouts of public structs,
and headers that compile alone as C11 and as C++17.

With --write the lists are brought up to date: a change is then seen in a review.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ABI = os.path.join(ROOT, "ra-tls", "abi")
sys.path.insert(0, ABI)
import public_api  # noqa: E402 (the folder is known only now)

VERSION = "RATLS_0"


def run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(argv)}: {done.stderr}")
    return done.stdout


def flags():
    return run("pkg-config", "--cflags", "libssl", "libcjson").split()


def declared(build):
    """What the public headers declare and the library defines."""
    text = run("nm", "--defined-only", "-g", os.path.join(build, "static", "libratls.a"))
    return {m[1] for m in re.finditer(r" [TDRB] (\S+)$", text, re.M)} & public_api.words()


def exported(build):
    text = run("nm", "-D", "--defined-only", os.path.join(build, "libratls.so"))
    return {m[1] for m in re.finditer(r" [TDRBV] (\S+)$", text, re.M)}


def layouts():
    """Size of every public struct and the offset of every member, as clang lays them out."""
    text = "".join(f'#include "{h}"\n' for h in public_api.headers())
    done = subprocess.run(["clang", "-std=c11", "-fsyntax-only", "-I", ROOT, *flags(), "-x", "c",
                           "-Xclang", "-fdump-record-layouts-complete", "-"], input=text,
                          capture_output=True, text=True, check=True)
    out = {}
    for part in done.stdout.split("*** Dumping AST Record Layout")[1:]:
        lines = [line.rstrip() for line in part.split("\n") if "|" in line]
        name = re.match(r"\s*0 \| (?:struct|union) ((?:ratls|certbind)_\w+)$", lines[0])
        if not name:
            continue
        # Members of the struct itself: those of structs inside stand further in.
        members = [re.match(r"\s*(\d+) \|   (\S.*)$", line) for line in lines[1:]]
        size = re.search(r"\[sizeof=(\d+)", part)[1]
        out[name[1]] = [f"{name[1]} {size}"] + [f"  {m[1]} {m[2]}" for m in members if m]
    return "\n".join(line for name in sorted(out) for line in out[name]) + "\n"


def compile_alone(bad):
    compilers = [(["cc", "-std=c11"], "c")]
    plus = shutil.which("c++") or shutil.which("clang++")
    if plus:
        compilers.append(([plus, "-std=c++17"], "c++"))
    for header in public_api.headers():
        for argv, language in compilers:
            done = subprocess.run([*argv, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I", ROOT,
                                   *flags(), "-x", language, "-"], text=True, capture_output=True,
                                  input=f'#include "{header}"\n', check=False)
            if done.returncode != 0:
                bad.append(f"{header} does not compile alone as {language}: {done.stderr[:400]}")
        if 'extern "C"' not in public_api.read(header) and re.search(
                r"^\S.*\b(ratls|certbind)_\w+\(", public_api.read(header), re.M):
            bad.append(f'{header}: no extern "C"')
    return bool(plus)


def compare(name, text, write, bad):
    path = os.path.join(ABI, name)
    old = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
    if text == old:
        return
    if write:
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        print(f"{path}: written")
        return
    gone = sorted(set(old.split("\n")) - set(text.split("\n")))
    new = sorted(set(text.split("\n")) - set(old.split("\n")))
    bad.append(f"ra-tls/abi/{name} differs (run with --write); gone: {gone[:20]}, new: {new[:20]}")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--build", required=True)
    p.add_argument("--write", action="store_true")
    a = p.parse_args()
    build = os.path.join(a.build, "ra-tls", "abi")
    bad = []
    names = sorted(f"{n}@@{VERSION}" for n in declared(build))
    compare("libratls.symbols", "\n".join(names) + "\n", a.write, bad)
    if not a.write:
        for name in sorted(set(names) ^ (exported(build) - {VERSION})):
            bad.append(f"libratls.so: {name} is " + ("not exported" if name in names else "extra"))
    if not shutil.which("clang"):
        print("abi: clang is missing")
        return 77
    compare("libratls.layout", layouts(), a.write, bad)
    plus = compile_alone(bad)
    print("\n".join(bad))
    print(f"abi: {len(names)} names, {len(public_api.headers())} headers, {len(bad)} wrong")
    return 1 if bad else 0 if plus else 77


if __name__ == "__main__":
    sys.exit(main())
