#!/usr/bin/env python3
"""Hold the table of log events in docs/metrics.md to the source: each warning and error of the
gateway stands there, nothing else does, and the metrics that it names exist."""
import argparse
import glob
import os
import re
import sys

import check_alerts

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CALL = re.compile(r"GATEWAY_LOG\((.*?)\{", re.S)
NAME = re.compile(r'"([a-z]+(?:-[a-z]+)*)"')
ROW = re.compile(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \| (.+) \|$", re.M)


def fail(text):
    print(text, file=sys.stderr)
    return 1


def events():
    """name -> whether it may be a warning or an error, of each call in the source."""
    found = {}
    for file in glob.glob(os.path.join(ROOT, "gateway", "**", "*.c"), recursive=True):
        with open(file, encoding="utf-8") as f:
            text = f.read()
        for m in CALL.finditer(text):
            grave = "GATEWAY_LOG_WARN" in m[1] or "GATEWAY_LOG_ERROR" in m[1] or " level" in m[1]
            names = NAME.findall(m[1])
            if not names:  # of a variable: all texts of this form that it may be
                variable = m[1].rstrip(", \n").rsplit(",", 1)[1].strip()
                names = NAME.findall(re.search(rf"{variable} = (.*?);", text, re.S)[1])
            for name in names:
                found[name] = found.get(name, False) or grave
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    metrics = check_alerts.metrics(parser.parse_args().build)
    with open(os.path.join(ROOT, "docs", "metrics.md"), encoding="utf-8") as f:
        section = f.read().split("## Log events and their metrics", 1)[1]
    rows = {name: cell for names, cell in ROW.findall(section) for name in re.findall(r"`([a-z-]+)`", names)}
    source = events()
    bad = 0
    for name in sorted({n for n, grave in source.items() if grave} - set(rows)):
        bad += fail(f"docs/metrics.md: the event {name} has no row")
    for name in sorted(set(rows) - set(source)):
        bad += fail(f"docs/metrics.md: there is no event {name}")
    for name, cell in rows.items():
        named = re.findall(r"`(\w+)(?:\{|`)", cell)
        if not named and not cell.startswith("none: "):
            bad += fail(f"docs/metrics.md: {name}: neither a metric nor why there is none")
        for metric in named:
            if metric not in metrics and f"devproof_gateway_{metric}" not in metrics:
                bad += fail(f"docs/metrics.md: {name}: there is no metric {metric}")
    if bad == 0:
        print(f"{len(rows)} log events and their metrics agree with the source")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
