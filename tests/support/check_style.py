#!/usr/bin/env python3
"""House rules that a compiler does not know: banned functions, comments, sizes, blanks."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# The last two make parsers of foreign bytes lenient.
BANNED = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|strtok|system|"
                    r"llhttp_set_lenient_\w+|nghttp2_option_set_no_http_messaging)\s*\(")
MAX_SOURCE, MAX_HEADER, MAX_FUNCTION = 400, 250, 60
TEXT = (".c", ".h", ".py", ".sh", ".md", ".txt", ".json", ".cmake", ".yaml", ".yml")
SKIP = ("tests/fixtures/", "tests/fuzz/corpus/", "ra-tls/cli/sample/", "tests/bench/suite/", "LICENSE",
        "docker/app-compose.json", "docker/dstack/app-compose.json")  # measured byte for byte


def files():
    out = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"],
                         capture_output=True, text=True, check=True).stdout.split("\n")
    return [f for f in out if f and not f.startswith(SKIP) and os.path.isfile(os.path.join(ROOT, f))]


def without_strings(text):
    """Blank strings, character constants and comments, keeping every line where it is."""
    def blank(m):
        return re.sub(r"[^\n]", " ", m[0])
    return re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def functions(lines):
    """(first line, number of lines) of every function body, in our brace style."""
    start = None
    for n, line in enumerate(lines, 1):
        if line == "{":
            start = n
        elif line == "}" and start is not None:
            yield start, n - start + 1
            start = None


def check_c(path, text, bad):
    code = without_strings(text)
    lines = code.split("\n")
    limit = MAX_HEADER if path.endswith(".h") else MAX_SOURCE
    if text.count("\n") > limit:
        bad.append(f"{path}: {text.count(chr(10))} lines, at most {limit}")
    for n, line in enumerate(lines, 1):
        if "//" in line:
            bad.append(f"{path}:{n}: // comment")
        m = BANNED.search(line)
        if m:
            bad.append(f"{path}:{n}: {m[1]} is banned")
    for n, count in functions(lines):
        if count - 2 > MAX_FUNCTION:
            bad.append(f"{path}:{n}: function body of {count - 2} lines, at most {MAX_FUNCTION}")


def main():
    bad = []
    names = files()
    for path in names:
        if not path.endswith(TEXT) and os.path.basename(path) not in ("Makefile", "CMakeLists.txt"):
            continue
        with open(os.path.join(ROOT, path), encoding="utf-8") as f:
            text = f.read()
        for n, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip():
                bad.append(f"{path}:{n}: trailing blank")
            if "\t" in line and os.path.basename(path) != "Makefile":
                bad.append(f"{path}:{n}: tab")
            if re.search(r"\b(TODO|FIXME|XXX)\b", line) and not path.endswith("check_style.py"):
                bad.append(f"{path}:{n}: a to-do names an issue or is not there")
        if text and not text.endswith("\n"):
            bad.append(f"{path}: no newline at the end")
        if path.endswith((".c", ".h")):
            check_c(path, text, bad)
    for b in bad:
        print(b)
    print(f"style: {len(names)} files, {len(bad)} findings")
    return 1 if bad or not names else 0


if __name__ == "__main__":
    sys.exit(main())
