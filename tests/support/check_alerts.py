#!/usr/bin/env python3
"""Hold docs/alerts.yaml to the form of Prometheus rules and to the list of metrics."""
import argparse
import os
import re
import subprocess
import sys

try:
    import yaml
except ImportError:
    print("python3-yaml is not installed")
    sys.exit(77)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILE = "docs/alerts.yaml"
DURATION = re.compile(r"[1-9][0-9]*(ms|s|m|h|d|w|y)")
TOKEN = re.compile(r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<range>\[[^\]]*\])
    |(?P<number>\d+(?:\.\d+)?)|(?P<word>[a-zA-Z_:][a-zA-Z0-9_:]*)
    |(?P<op>==|!=|=~|!~|<=|>=|[-+*/%^<>=(){},]))""", re.X)
FUNCTIONS = {"rate", "increase", "histogram_quantile", "time", "sum", "max", "min", "avg"}
WORDS = {"by", "without", "and", "or", "unless"}
TARGET_LABELS = {"instance", "job"}  # that Prometheus adds
SEVERITIES = {"page", "ticket"}


class Bad(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Bad(what)


def metrics(build):
    """name -> labels, as the program's table has them; histograms by the names of their samples."""
    text = subprocess.run([os.path.join(build, "tests", "print_reference"), "metrics"],
                          capture_output=True, text=True, check=True).stdout
    found = {}
    for name, kind, labels in re.findall(r"^\| `(\w+)` \| (\w+) \| ([\w, ]*?) ?\|", text, re.M):
        labels = set(filter(None, labels.split(", "))) | TARGET_LABELS
        if kind == "histogram":
            found[name + "_bucket"] = labels | {"le"}
            found[name + "_sum"] = found[name + "_count"] = labels
        else:
            found[name] = labels
    return found


def tokens(expr):
    at, out = 0, []
    expr = expr.rstrip()
    while at < len(expr):
        m = TOKEN.match(expr, at)
        need(m, f"cannot be read: {expr[at:]}")
        out.append((m.lastgroup, m[m.lastgroup]))
        at = m.end()
    return out


def check_selector(known, name, matchers):
    need(name in known, f"no metric '{name}'")
    while matchers:
        need(len(matchers) >= 3 and matchers[0][0] == "word" and
             matchers[1][1] in ("=", "!=", "=~", "!~") and matchers[2][0] == "string",
             f"matchers of {name}")
        need(matchers[0][1] in known[name], f"{name} has no label '{matchers[0][1]}'")
        matchers = matchers[3:]
        need(not matchers or (matchers.pop(0)[1] == "," and matchers), f"matchers of {name}")


def check_group(known, inside, names):
    for kind, word in inside:
        need(kind == "word" or word == ",", "labels of by ()")
        need(kind != "word" or any(word in known[n] for n in names), f"by ({word}): no such label")


def closing(list_, at):
    depth = 0
    for i in range(at, len(list_)):
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(list_[i][1], 0)
        if depth == 0:
            return i
    raise Bad("a parenthesis is not closed")


def check_expr(known, expr):
    list_ = tokens(expr)
    names = [w for k, w in list_ if k == "word" and w in known]
    need(names, "no metric")
    depth, i = 0, 0
    while i < len(list_):
        kind, word = list_[i]
        depth += {"(": 1, ")": -1}.get(word, 0)
        need(depth >= 0, "a parenthesis too many")
        if word == "by":
            end = closing(list_, i + 1)
            check_group(known, list_[i + 2:end], names)
            i = end
        elif kind == "word" and word not in FUNCTIONS | WORDS:
            end = i
            if i + 1 < len(list_) and list_[i + 1][1] == "{":
                end = closing(list_, i + 1)
            check_selector(known, word, list_[i + 2:end])
            i = end
        elif kind == "range":
            need(DURATION.fullmatch(word[1:-1]), f"range {word}")
        else:
            need(word not in "{}", f"a stray {word}")
        i += 1
    need(depth == 0, "a parenthesis is not closed")


def check_rule(known, rule):
    need(isinstance(rule, dict) and set(rule) <= {"alert", "expr", "for", "labels", "annotations"},
         "members")
    need(re.fullmatch(r"[A-Z][A-Za-z]+", rule.get("alert", "")), "alert")
    check_expr(known, rule["expr"])
    need("for" not in rule or DURATION.fullmatch(rule["for"]), "for")
    need(set(rule.get("labels", {})) == {"severity"} and rule["labels"]["severity"] in SEVERITIES,
         "labels")
    need(set(rule.get("annotations", {})) == {"summary", "description"}, "annotations")
    for text in rule["annotations"].values():
        for used in re.findall(r"\{\{(.*?)\}\}", text):
            need(re.fullmatch(r" \$value( \| humanizeDuration)? | \$labels\.\w+ ", used),
                 f"template {used}")
            label = re.search(r"\$labels\.(\w+)", used)
            need(not label or any(label[1] in known[n] for n in known if n in rule["expr"]),
                 f"no label for {used}")


def check(known, text):
    """Returns: the number of rules."""
    tree = yaml.safe_load(text)
    need(isinstance(tree, dict) and set(tree) == {"groups"}, "groups alone")
    names, seen = set(), 0
    for group in tree["groups"]:
        need(set(group) == {"name", "rules"} and group["name"] not in names, "group")
        names.add(group["name"])
        for rule in group["rules"]:
            try:
                check_rule(known, rule)
            except Bad as bad:
                raise Bad(f"{rule.get('alert')}: {bad}") from None
        alerts = [r["alert"] for r in group["rules"]]
        need(len(set(alerts)) == len(alerts), "the same alert twice")
        seen += len(alerts)
    return seen


# What must not pass: the text with one change.
WRONG = [
    ("gateway_ready ==", "gateway_redy =="), ("[15m]", "[15x]"), ('{result="failed"}[15m]',
                                                               '{outcome="failed"}[15m]'),
    ("time() < 600", "time( < 600"), ("for: 2m", "for: soon"), ("severity: page", "level: page"),
    ("by (instance, route)", "by (instance, path)"), ("$labels.upstream", "$labels.server"),
    ("alert: AgentFails", "alert: QuotesSlow"), ("expr: devproof", "expression: devproof"),
]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--build", required=True)
    known = metrics(p.parse_args().build)
    with open(os.path.join(ROOT, FILE), encoding="utf-8") as f:
        text = f.read()
    try:
        rules = check(known, text)
    except Bad as bad:
        print(f"{FILE}: {bad}")
        return 1
    for old, new in WRONG:
        try:
            assert old in text, old
            check(known, text.replace(old, new, 1))
        except (Bad, KeyError):
            continue
        print(f"the check lets {new!r} pass")
        return 1
    print(f"{FILE}: {rules} rules, {len(WRONG)} wrong ones refused")
    return 0 if rules else 1


if __name__ == "__main__":
    sys.exit(main())
