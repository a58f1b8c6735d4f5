#!/usr/bin/env python3
"""Delete each refusal in certbind, one at a time, and see whether a unit test notices.

What counts as a refusal is said in mutant_sites.py. One build holds every mutant behind a switch:
in a copy of the tree in build/mutants/tree each such expression passes through a function that the
environment variable MUTANT turns. Each test runs once unchanged and records which refusals take
effect in it; a mutant is then judged by those tests only, built with sanitizers. Survivors are
allowed only with a reason in tests/mutants-allowed.txt; new ones go to build/mutants/survivors.txt,
which --survivors takes.
"""
import argparse
import concurrent.futures
import os
import re
import resource
import subprocess
import sys
import time

from mutant_sites import find_sites

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORK = os.path.join(ROOT, "build", "mutants")
TREE = os.path.join(WORK, "tree")
OUT = os.path.join(WORK, "out")
ALLOWED = os.path.join(ROOT, "tests", "mutants-allowed.txt")
SURVIVORS = os.path.join(WORK, "survivors.txt")
AREAS = ("tests/unit/certbind", "tests/unit/compose", "tests/unit/dcap", "tests/unit/simulator")

SWITCH_H = """#ifndef CERTBIND_MUTANT_H
#define CERTBIND_MUTANT_H
#include <stdbool.h>
#include "certbind/status.h"
bool mutant_takes_effect(unsigned id);
static inline bool mutant_refuse(unsigned id, bool x) { return x && !mutant_takes_effect(id); }
static inline bool mutant_accept(unsigned id, bool x) { return x || mutant_takes_effect(id); }
static inline certbind_status mutant_status(unsigned id, certbind_status x)
{ return x != CERTBIND_OK && mutant_takes_effect(id) ? CERTBIND_OK : x; }
static inline const char *mutant_message(unsigned id, const char *x)
{ return x != NULL && mutant_takes_effect(id) ? NULL : x; }
static inline int mutant_number(unsigned id, int x)
{ return x < 0 && mutant_takes_effect(id) ? 0 : x; }
#endif
"""
SWITCH_C = """#include "certbind/mutant.h"
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
static unsigned char hits[COUNT + 1];
static unsigned active = COUNT;
__attribute__((constructor)) static void start(void)
{ if (getenv("MUTANT") != NULL) active = (unsigned)strtoul(getenv("MUTANT"), NULL, 10); }
__attribute__((destructor)) static void stop(void)
{
    const char *name = getenv("MUTANT_HITS");
    int fd = name == NULL ? -1 : open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd >= 0 && (write(fd, hits, COUNT) != COUNT || close(fd) != 0))
        _exit(99);
}
bool mutant_takes_effect(unsigned id) { hits[id] = 1; return id == active; }
"""


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def write(path, text):
    if os.path.exists(path) and read(path) == text:
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def switched(text, sites):
    """The source with every expression of sites behind its switch."""
    marks = []
    for n, s in sites:
        marks.append((s.start, 1, -s.end, f"mutant_{s.kind}({n}, "))
        marks.append((s.end, 0, -s.start, ")"))
    for at, _, _, insert in sorted(marks, reverse=True):
        text = text[:at] + insert + text[at:]
    return '#include "certbind/mutant.h"\n#line 1\n' + text


def build(texts, sites, jobs):
    os.makedirs(TREE, exist_ok=True)
    for name in os.listdir(ROOT):
        link = os.path.join(TREE, name)
        if name not in ("certbind", "build", ".git") and not os.path.lexists(link):
            os.symlink(os.path.join(ROOT, name), link)
    for folder, _, names in os.walk(os.path.join(ROOT, "certbind")):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), ROOT)
            text = read(os.path.join(ROOT, path))
            if path in texts:
                text = switched(text, [(n, s) for n, s in enumerate(sites) if s.path == path])
            if path == "certbind/CMakeLists.txt":
                text += "target_sources(certbind PRIVATE mutant.c)\n"
            write(os.path.join(TREE, path), text)
    write(os.path.join(TREE, "certbind/mutant.h"), SWITCH_H)
    write(os.path.join(TREE, "certbind/mutant.c"), f"enum {{ COUNT = {len(sites)} }};\n" + SWITCH_C)
    configure = ["cmake", "-S", TREE, "-B", OUT, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
                 "-DDEVPROOF_SANITIZE=address,undefined", "-DCMAKE_C_FLAGS=-O1 -w"]
    subprocess.run(configure, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", OUT, "-j", str(jobs), "--target"] +
                   [a + "/all" for a in AREAS], check=True)
    return sorted(os.path.join(OUT, a, t) for a in AREAS for t in os.listdir(os.path.join(OUT, a))
                  if t.startswith("test_") and os.access(os.path.join(OUT, a, t), os.X_OK))


def run(test, timeout, **env):
    """Returns: whether the test passed; None: it did not end in time."""
    own = dict(os.environ, DEVPROOF_SOURCE_DIR=TREE, DEVPROOF_BUILD_DIR=OUT,
               DEVPROOF_FIXTURES=os.path.join(ROOT, "tests", "fixtures"), CMOCKA_TEST_ABORT="1",
               ASAN_OPTIONS="symbolize=0:detect_leaks=0", UBSAN_OPTIONS="halt_on_error=1", **env)
    try:
        return subprocess.run([test], env=own, stdout=subprocess.DEVNULL, timeout=timeout,
                              stderr=subprocess.DEVNULL, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return None


def baseline(tests, count, pool):
    """Returns: for each test its duration and the refusals that take effect in it."""
    def one(test):
        name = test + ".hits"
        start = time.monotonic()
        if not run(test, 300, MUTANT_HITS=name):
            sys.exit(f"mutants: {test} fails without a mutant")
        spent = time.monotonic() - start
        with open(name, "rb") as f:
            hits = f.read()
        if len(hits) != count:
            sys.exit(f"mutants: {test} recorded {len(hits)} of {count} refusals")
        return test, (spent, hits)
    return dict(pool.map(one, tests))


def fails(test, spent, n):
    """Whether a test that takes so long fails with mutant n. One that only a busy machine made slow
    gets more time: it must not count as a test that noticed."""
    passed = None
    for timeout in (5 + 10 * spent, 60 + 60 * spent):
        if passed is None:
            passed = run(test, timeout, MUTANT=str(n))
    return not passed


def killer(n, site, base):
    """The name of the first test that fails with mutant n, or None."""
    stem = os.path.splitext(os.path.basename(site.path))[0]
    able = [t for t in base if base[t][1][n]]
    for test in sorted(able, key=lambda t: (not t.endswith("_" + stem), base[t][0])):
        if fails(test, base[test][0], n):
            return os.path.basename(test)
    return None


def read_keys(path):
    """Entries of a list of mutants: a line each; a reason is indented below one or several."""
    keys, waiting, reason = {}, [], ""
    for line in read(path).split("\n") if os.path.exists(path) else []:
        if line.startswith("  "):
            reason = (reason + " " + line.strip()).strip()
            keys.update((k, reason) for k in waiting)
        elif line and not line.startswith("#"):
            waiting = [line] if reason else waiting + [line]
            reason = ""
            keys[line] = ""
    return keys


def report(sites, killed, unseen, everything):
    allowed = read_keys(ALLOWED)
    survivors = [n for n in killed if killed[n] is None]
    keys = {s.key for s in sites}
    bad = [f"{k}: listed without a reason" for k, reason in allowed.items() if not reason]
    bad += [f"{k}: listed, but no such mutant" for k in allowed if everything and k not in keys]
    bad += [f"{sites[n].key}: listed, but {killed[n]} kills it" for n in killed
            if killed[n] and sites[n].key in allowed]
    for n in survivors:
        s = sites[n]
        print(f"survived: {s.path}:{s.line}: {s.function}: {s.text}" +
              (" (takes effect in no test)" if n in unseen else "") +
              (f"\n  allowed: {allowed[s.key]}" if s.key in allowed else ""))
    new = [n for n in survivors if sites[n].key not in allowed]
    with open(SURVIVORS, "w", encoding="utf-8") as f:
        f.writelines(sites[n].key + "\n" for n in new)
    print("".join(f"{ALLOWED}: {b}\n" for b in bad), end="")
    return len(survivors), 1 if new or bad else 0


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--file", metavar="PATTERN", help="only mutants whose file matches this regex")
    p.add_argument("--survivors", metavar="FILE", help="only the mutants listed in FILE")
    p.add_argument("--list", action="store_true", help="print the mutants and stop")
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    a = p.parse_args()
    begin = time.monotonic()
    files = subprocess.run(["git", "-C", ROOT, "ls-files", "certbind/*.c"], capture_output=True,
                           text=True, check=True).stdout.split()
    texts = {p: read(os.path.join(ROOT, p)) for p in files}
    found = find_sites(texts)
    sites = [s for s in found if not s.ours]
    only = read_keys(a.survivors) if a.survivors else None
    chosen = [n for n, s in enumerate(sites) if (not a.file or re.search(a.file, s.path)) and
              (only is None or s.key in only)]
    if a.list:
        for n in chosen:
            print(f"{sites[n].line}: {sites[n].kind}: {sites[n].key}")
        print(f"mutants: {len(chosen)}, left out {len(found) - len(sites)}")
        return 0
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    tests = build(texts, sites, a.jobs)
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        base = baseline(tests, len(sites), pool)
        unseen = {n for n in chosen if not any(hits[n] for _, hits in base.values())}
        killed = dict(zip(chosen, pool.map(lambda n: killer(n, sites[n], base), chosen)))
    survived, code = report(sites, killed, unseen, not a.file and only is None)
    print(f"mutants: {len(chosen)}, killed {len(chosen) - survived}, survived {survived} "
          f"(left out {len(found) - len(sites)}; "
          f"{time.monotonic() - begin:.0f} s)")
    return code


if __name__ == "__main__":
    sys.exit(main())
