#!/usr/bin/env python3
"""Hold the documentation to the source: links, commands, options, codes, tests, snippets, vectors."""
import argparse
import glob
import os
import re
import shlex
import subprocess
import sys

import check_vectors

ROOT = check_vectors.ROOT
PROGRAMS = {"devproof": "ra-tls/cli/devproof", "devproof-gateway": "gateway/devproof-gateway",
            "dstack-simulator": "tests/simulator/dstack-simulator"}
# A path of one developer's machine, or a place that only one company can reach.
PRIVATE = re.compile(r"(?<![\w.])/(home|root|Users|work|workspace)/|artifactory|pypi|npmjs"
                     r"|\.internal\b|\bTBD\b", re.I)
ATTACKS = "tests/unit/dcap/README.md"
CHECKLIST = "docs/http-checklist.md"
SHORT = {"-o": "--output", "-h": "--help", "-V": "--version"}
NAMED = r"`(?:unit|fuzz|integration|interop)\."
CODE = re.compile(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`")


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as f:
        return f.read()


def pages():
    out = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "*.md"],
                         capture_output=True, text=True, check=True).stdout.split()
    return [p for p in out if not p.startswith("tests/fixtures/")]


def run(argv, **more):
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False, **more)


class Docs:
    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.bad = []
        self.counts = {}
        self.helps = {}

    def say(self, what, page, problem=None):
        self.counts[what] = self.counts.get(what, 0) + 1
        if problem:
            self.bad.append(f"{page}: {problem}")

    def program(self, name):
        return os.path.join(self.build, PROGRAMS[name])

    # The options that a command's help lists.
    def options(self, *command):
        if command not in self.helps:
            done = run([self.program(command[0]), *command[1:], "--help"])
            text = done.stdout if done.returncode == 0 else ""
            self.helps[command] = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text))
        return self.helps[command]

    def links(self, page, text):
        text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"https?://|mailto:", target):
                continue
            path, _, anchor = target.partition("#")
            full = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
            ok = os.path.exists(os.path.join(ROOT, full))
            self.say("links", page, None if ok else f"no file for the link {target}")
            if ok and anchor:
                heads = re.findall(r"^#+ (.*)$", read(full), re.M)
                slugs = {re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-") for h in heads}
                if anchor not in slugs:
                    self.bad.append(f"{page}: no heading for the link {target}")

    def command(self, page, words):
        while words and re.match(r"[A-Z_]+=", words[0]):
            words = words[1:]
        if not words:
            return
        name = os.path.basename(words[0])
        if name == "make":
            for target in [w for w in words[1:] if re.fullmatch(r"[a-z-]+", w)]:
                self.make_target(page, target)
        if name not in PROGRAMS:
            return
        command = [name]
        if name == "devproof":
            command += [w for w in words[1:3] if re.fullmatch(r"[a-z]+", w)]
            while len(command) > 1 and not self.options(*command):
                command.pop()
        known = self.options(*command)
        for word in words[1:]:
            option = SHORT.get(word, word.split("=")[0])
            if option.startswith("-") and option != "-":
                ok = option in known or option == "--help"
                self.say("options", page, None if ok else f"{' '.join(command)} has no {option}")

    def commands(self, page, text):
        for block in re.findall(r"```sh\n(.*?)```", text, re.S):
            block = block.replace("\\\n", " ")
            for line in re.split(r"[\n|;]|&&", block):
                words = shlex.split(line, comments=True)
                cut = [i for i, w in enumerate(words) if w in ("&", ">", ">>", "2>", "<")]
                self.command(page, words[:cut[0]] if cut else words)
        for target in re.findall(r"`make ([a-z-]+)", text):
            self.make_target(page, target)

    def make_target(self, page, target):
        phony = re.search(r"^\.PHONY:(.*)$", read("Makefile"), re.M)[1].split()
        self.say("targets", page, None if target in phony else f"there is no `make {target}`")

    def words(self, page, text):
        for n, line in enumerate(text.split("\n"), 1):
            m = PRIVATE.search(line)
            self.say("lines", page, f"line {n}: '{m[0]}' does not belong here" if m else None)

    def codes(self):
        """Codes in tables stand in a list of the source, or in the code that answers with them."""
        known = set(re.findall(r"^\| `([a-z0-9-]+)` \|", read("docs/reason-codes.md"), re.M))
        for path in glob.glob(os.path.join(ROOT, "gateway", "*.[ch]")) + \
                glob.glob(os.path.join(ROOT, "ra-tls", "shim", "*.[ch]")):
            with open(path, encoding="utf-8") as f:
                known |= set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"', f.read()))
        for page, column in (("docs/threat-model.md", 3), ("docs/http.md", 3),
                             ("docs/wire-format.md", 2)):
            for line in read(page).split("\n"):
                cells = re.split(r"(?<!\\)\|", line)
                if len(cells) < 5 or (page.endswith("wire-format.md") and
                                      not re.match(r"\| \d{3} \|", line)):
                    continue
                for code in CODE.findall(cells[column]):
                    self.say("codes", page, None if code in known else f"no list has '{code}'")

    def tests(self):
        """Every test that a page names exists: the CTest, and the case in its file."""
        listed = run(["ctest", "--test-dir", self.build, "-N"]).stdout
        registered = set(re.findall(r"Test +#\d+: (\S+)", listed))
        kinds = {"unit": "tests/unit/*/test_{}.c", "fuzz": "tests/fuzz/fuzz_{}.c",
                 "integration": "tests/integration/*{}.py", "interop": "tests/interop/*{}.py"}
        for page, row, shown in (("docs/threat-model.md", r"\| [A-Z]", NAMED),
                                 (ATTACKS, r"\| \d+ \|", NAMED),
                                 (CHECKLIST, r"\| (?!what)", NAMED + r"|\]\(\w+\.md#")):
            self.named_tests(page, registered, kinds)
            for line in read(page).split("\n"):
                if re.match(row, line) and not re.search(shown, line):
                    self.bad.append(f"{page}: no test in the row {line[:60]}")
        numbers = [int(n) for n in re.findall(r"^\| (\d+) \|", read(ATTACKS), re.M)]
        if numbers != list(range(1, 30)):
            self.bad.append(f"{ATTACKS}: the attacks are not 1 to 29")

    def named_tests(self, page, registered, kinds):
        for kind, name, case in re.findall(r"`(unit|fuzz|integration|interop)\.(\w+)(?:: (\w+))?`",
                                           read(page)):
            files = [f for f in glob.glob(os.path.join(ROOT, kinds[kind].format(name)))
                     if os.path.basename(f) in (f"test_{name}.c", f"fuzz_{name}.c", f"{name}.py",
                                                f"test_{name}.py")]
            problem = None
            if f"{kind}.{name}" not in registered:
                problem = f"there is no test {kind}.{name}"
            elif case and not any(re.search(rf"\b{case}\b", read(f)) for f in files):
                problem = f"{kind}.{name} has no {case}"
            self.say("tests", page, problem)

    def snippets(self):
        """The examples of a page are the files that are compiled, byte for byte."""
        page = "docs/client.md"
        parts = re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", read(page), re.S)
        for name, text in parts:
            self.say("snippets", page, None if read(name) == text else f"differs from {name}")
        named = {name for name, _ in parts}
        for path in glob.glob(os.path.join(ROOT, "tests/examples/*.c")) + \
                glob.glob(os.path.join(ROOT, "tests/examples/shim/*")):
            name = os.path.relpath(path, ROOT)
            if name not in named:
                self.bad.append(f"{page}: does not show {name}")

    def configurations(self):
        page = "docs/configuration.md"
        for text in re.findall(r"```json\n(.*?)```", read(page), re.S):
            done = run([self.program("devproof-gateway"), "--config", "-", "--check-config"],
                       input=text)
            self.say("configurations", page, done.stdout or None)

    def manuals(self):
        """A manual page has exactly the options that the program's help has."""
        for page, commands in (("docs/man/devproof.1", None),
                               ("docs/man/devproof-gateway.8", [("devproof-gateway",)]),
                               ("docs/man/dstack-simulator.1", [("dstack-simulator",)])):
            text = read(page).replace("\\-", "-")
            if commands is None:
                names = re.findall(r"^  ([a-z-]+(?: [a-z]+)?)  ", run([self.program("devproof"),
                                                                     "--help"]).stdout, re.M)
                commands = [("devproof", *n.split()) for n in names]
                for n in names:
                    if not re.search(rf"^\.SS {n}$", text, re.M):
                        self.bad.append(f"{page}: no section for the command {n}")
            known = set().union(*(self.options(*c) for c in commands))
            shown = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))
            known = {o for o in known if o.startswith("--")}
            if page.endswith("devproof.1"):
                known.add("--version")
            if not known:
                self.bad.append(f"{page}: the program lists no options")
            for option in known ^ shown:
                self.bad.append(f"{page}: {option} stands only in "
                                + ("the help" if option in known else "the page"))
            self.say("manuals", page)

    def check(self):
        for page in pages():
            text = read(page)
            self.links(page, text)
            self.commands(page, text)
            self.words(page, text)
        self.codes()
        self.tests()
        self.snippets()
        self.configurations()
        self.manuals()
        for _ in range(check_vectors.check(self.bad)):
            self.say("vectors", check_vectors.PAGE)
        for what in ("links", "options", "targets", "codes", "tests", "snippets", "configurations",
                     "manuals", "vectors"):
            if not self.counts.get(what):
                self.bad.append(f"nothing was checked: {what}")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--build", required=True)
    docs = Docs(p.parse_args().build)
    docs.check()
    print("\n".join(docs.bad))
    print("docs: " + ", ".join(f"{n} {what}" for what, n in sorted(docs.counts.items()))
          + f"; {len(docs.bad)} wrong")
    return 1 if docs.bad else 0


if __name__ == "__main__":
    sys.exit(main())
