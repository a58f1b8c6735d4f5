"""A strict reader of the Prometheus text format, version 0.0.4."""
import math
import re

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
VALUE = r"[0-9]+(?:\.[0-9]+)?"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? ({VALUE})")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)')
SUFFIXES = ("_bucket", "_sum", "_count")


class Malformed(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Malformed(what)


def read_labels(text):
    labels, at = {}, 0
    while text is not None and at < len(text):
        m = LABEL.match(text, at)
        need(m, f"labels: {text}")
        need(m[1] not in labels, f"label twice: {text}")
        labels[m[1]] = re.sub(r"\\(.)", lambda e: "\n" if e[1] == "n" else e[1], m[2])
        at = m.end()
        need(m[3] == "" or at < len(text), f"comma at the end: {text}")
    return labels


class Metrics:
    """types: name -> type; samples: (name, frozenset of labels) -> value."""

    def __init__(self, text):
        need(text == "" or text.endswith("\n"), "the last line does not end")
        self.types, self.helps, self.samples = {}, {}, {}
        self.family = None
        for line in text.split("\n")[:-1]:
            need(line.isascii() and line == line.strip() and line, f"line: {line!r}")
            if line.startswith("#"):
                self.read_comment(line)
            else:
                self.read_sample(line)
        for name, kind in self.types.items():
            if kind == "histogram":
                self.check_histogram(name)

    def read_comment(self, line):
        m = re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (.+)", line)
        need(m, line)
        if m[1] == "HELP":
            need(m[2] not in self.helps, f"second HELP: {line}")
            self.helps[m[2]] = m[3]
            self.family = None
        else:
            need(m[2] in self.helps and m[2] not in self.types, f"TYPE without HELP: {line}")
            need(m[3] in ("counter", "gauge", "histogram"), line)
            self.types[m[2]] = m[3]
            self.family = m[2]

    def read_sample(self, line):
        m = SAMPLE.fullmatch(line)
        need(m and self.family, line)
        allowed = [self.family]
        if self.types[self.family] == "histogram":
            allowed = [self.family + s for s in SUFFIXES]
        need(m[1] in allowed, f"sample outside its metric: {line}")
        labels = read_labels(m[2])
        need(("le" in labels) == m[1].endswith("_bucket"), line)
        key = (m[1], frozenset(labels.items()))
        need(key not in self.samples, f"sample twice: {line}")
        self.samples[key] = float(m[3])

    def check_histogram(self, name):
        series = {labels for n, labels in self.samples if n == name + "_count"}
        for labels in series:
            buckets = sorted((float(dict(k[1])["le"].replace("+Inf", "inf")), v)
                             for k, v in self.samples.items() if k[0] == name + "_bucket" and
                             frozenset(x for x in k[1] if x[0] != "le") == labels)
            values = [v for _, v in buckets]
            need(buckets and math.isinf(buckets[-1][0]), f"{name}: no +Inf")
            need(values == sorted(values), f"{name}: buckets fall")
            need(values[-1] == self.samples[(name + "_count", labels)], f"{name}: count")
            need((name + "_sum", labels) in self.samples, f"{name}: no sum")
        others = {frozenset(x for x in k[1] if x[0] != "le") for k in self.samples
                  if k[0] in (name + "_bucket", name + "_sum")}
        need(others <= series, f"{name}: a series without count")

    def get(self, name, /, **labels):
        """The value of one sample; 0 when there is none of these labels."""
        return self.samples.get((name, frozenset(labels.items())), 0)

    def sum(self, name, /, **labels):
        """Over all samples that have these labels."""
        return sum(v for (n, have), v in self.samples.items()
                   if n == name and set(labels.items()) <= have)

    def names_of_labels(self, name):
        return {frozenset(k for k, _ in labels if k != "le") for n, labels in self.samples
                if n == name or (self.types.get(name) == "histogram" and
                                 n in [name + s for s in SUFFIXES])}
