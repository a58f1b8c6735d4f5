"""The refusals in C sources, as places where one can be deleted.

What counts as a refusal (found in the text; the sources keep one brace style):
  if (A || B) <refusal>       each of A, B becomes false; of A && B the whole, and what is
                              inside a bracketed group. A refusal is: return of false, NULL, -1,
                              an error code, a message, certbind_fail() or refuse(); the same put
                              into a status; failed = true; goto; a problem added to a list;
                              continue behind a comparison that fails. Or a block that holds one.
  return A && B; ok = A && B  in functions that return bool: each of A, B becomes true
  return f(); status = f();   where f returns a status or a message: it becomes success
  return false; return -1;    at the end of a search: becomes success
An operand is still evaluated, only its answer is dropped, so reading goes on as before. Left out
and counted: refusals for memory that ran out (E_MEMORY), a cryptographic library that fails
(E_INTERNAL), and operands that only such a failure makes refuse (see LIBRARY); early exits behind
a read that failed (see READS): the reader remembers it, and the mutants of certbind/dcap/der.c and
of the check at the end of each reading show that this suffices.
"""
import collections
import re

REFUSAL = re.compile(
    r"return (false|NULL|-1|\(?CERTBIND_(E_\w+|NOT_CHECKED)|\"|certbind_fail\w*\(|"
    r"\w*refuse\w*\(|malformed\(|bad_reply\()|\(void\)\w*refuse\w*\(|"
    r"[\w.>-]+ = (certbind_fail\w*\(|refuse\w*\(|CERTBIND_E_)|goto |"
    r"(problem|differs) = \"|[\w>-]*failed = true;|PROBLEM\(|certbind_problem_add\(")
SKIPS = re.compile(r"continue;")
UNEQUAL = re.compile(r"![\w(]|memcmp\(.* != 0$", re.S)
OURS = re.compile(r"CERTBIND_E_(MEMORY|INTERNAL)|JSON_SCAN_MEMORY|memory ran out")
ALLOCATES = r"%s = [^;]*\b(\w*alloc|strn?dup|open_memstream|cJSON_Create\w+|ASN1_TIME_\w+|" \
    r"\w+_(new\w*|fetch|dup|lebin2bn|bin2bn|create_by_OBJ|txt2obj|subject_name)|" \
    r"(certbind_json_)?(add_(array|object)|make_name))\("
LIBRARY = re.compile(
    r"(?!.*(?:&&|\|\|))!?\(*(size_t\))?(X509_(set|add|NAME_|sign|new|get|EXTENSION)\w*|ASN1_\w+|"
    r"BN_(?!is_|ucmp)\w+|sk_\w+|i2d_\w+|EC_POINT_\w+|ECDSA_SIG_\w+|cJSON_(AddItem|Print)\w*|"
    r"EVP_(Digest(Init|Update|Final|VerifyInit|Sign)|KDF|PKEY_fromdata_init|MD_CTX)\w*|"
    r"secp256k1_ec(_pubkey_serialize|dsa_recoverable_signature_convert)|serialize|ferror|fclose|"
    r"certbind_(json_add\w*|sha\d+\w*|digest_parts|hkdf_sha256|compose_hash|device_id|rtmr_extend|"
    r"preimage\w*|tree_(leaf|node)|(batch|ratls|tagged)_report_data|session_value\w*|"
    r"event_digest_v[12])|add_\w+|put_\w+|set_(serial|subject)|reduce|subtree|fold_add|"
    r"read_(tcb|td|os|app|text_list|hex_list))\(.*\)( [!=<>]=? (0|1|NULL|len))?", re.S)
READS = re.compile(r"!?certbind_der_(open|expect|expect_whole)\([^;]*\)")

Site = collections.namedtuple("Site", "path line function kind start end text key ours")


def mask(text):
    """The text with strings, characters and comments blanked, every offset kept."""
    def blank(m):
        s = m[0]
        if s[0] == "/":
            return re.sub(r"[^\n]", " ", s)
        return s[0] + re.sub(r"[^\n]", "_", s[1:-1]) + s[0]
    return re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def trim(code, start, end):
    while start < end and code[start].isspace():
        start += 1
    while end > start and code[end - 1].isspace():
        end -= 1
    return start, end


def close(code, at):
    """The offset behind the bracket that matches the one at `at`."""
    depth = 0
    while True:
        depth += (code[at] in "([{") - (code[at] in ")]}")
        at += 1
        if depth == 0:
            return at


def split(code, start, end, mark):
    """The spans between top-level occurrences of mark."""
    spans, at, last = [], start, start
    while at < end:
        if code[at] in "([{":
            at = close(code, at)
        elif code.startswith(mark, at):
            spans.append(trim(code, last, at))
            at += len(mark)
            last = at
        else:
            at += 1
    return spans + [trim(code, last, end)]


def operands(code, start, end, refuses):
    """The parts of a condition whose deletion deletes a refusal."""
    start, end = trim(code, start, end)
    outer, inner = ("||", "&&") if refuses else ("&&", "||")
    if len(split(code, start, end, "?")) > 1:
        return [(start, end)]
    if refuses or len(split(code, start, end, "||")) == 1:
        parts = split(code, start, end, outer)
        if len(parts) > 1:
            return [o for p in parts for o in operands(code, *p, refuses)]
    found = [(start, end)]
    for s, e in split(code, start, end, inner):
        if code[s] == "(" and close(code, s) == e:
            deeper = operands(code, s + 1, e - 1, refuses)
            if (s, e) == (start, end):
                return deeper
            if len(deeper) > 1:
                found += deeper
    return found


def statement_end(code, at):
    """The offset behind the statement at `at`, for the simple kinds that refuse."""
    while code[at] not in ";{":
        at = close(code, at) if code[at] in "([" else at + 1
    return close(code, at) if code[at] == "{" else at + 1


def statements(code, start, end):
    """The top-level statements of a block."""
    at, _ = trim(code, start, end)
    while at < end:
        stop = statement_end(code, at)
        yield at, stop
        at, _ = trim(code, stop, end)


class Finder:
    def __init__(self, path, text, results):
        self.path, self.text, self.code = path, text, mask(text)
        self.results = results  # function name -> what it returns
        self.sites = []
        self.seen = collections.Counter()

    def add(self, kind, span, ours=False):
        text = re.sub(r"\s+", " ", self.text[span[0]:span[1]])
        m = re.fullmatch(r"\(?([\w*>-]+) [!=]= NULL\)?", text)
        ours = bool(ours or text in ("ok", "!ok") or OURS.search(text) or
                    kind != "status" and LIBRARY.fullmatch(text) or
                    READS.fullmatch(text) and not READS.match(self.function + "()") or
                    m and re.search(ALLOCATES % re.escape(m[1]), self.body))
        key = f"{self.path} {self.function}: {text}"
        self.seen[key] += 1
        if self.seen[key] > 1:
            key += f" #{self.seen[key]}"
        line = self.text.count("\n", 0, span[0]) + 1
        self.sites.append(Site(self.path, line, self.function, kind, *span, text, key, ours))

    def accepts(self, start, end, ours):
        for span in operands(self.code, start, end, False):
            self.add("accept", span, ours)

    def guards(self, start, end):
        """Conditions with a refusal behind them. Returns: where those refusals stand."""
        guarded = set()
        for m in re.compile(r"\bif \(").finditer(self.code, start, end):
            shut = close(self.code, m.end() - 1)
            body, _ = trim(self.code, shut, end)
            stop = statement_end(self.code, body)
            inside = [(body, stop)]
            if self.code[body] == "{":
                inside = list(statements(self.code, body + 1, stop - 1))
            refusals = [s for s in inside if self.refuses(*s)]
            skips = self.code[body] != "{" and SKIPS.match(self.code, body)
            if not refusals and not skips:
                continue
            guarded.update(s for s, _ in refusals)
            ours = bool(refusals) and all(OURS.search(self.text[s:e]) for s, e in refusals)
            for s, e in operands(self.code, m.end(), shut - 1, True):
                if not skips or UNEQUAL.match(self.text[s:e]):
                    self.add("refuse", (s, e), ours)
        return guarded

    def refuses(self, start, end):
        if self.returns == "message" and self.code.startswith("return NULL", start):
            return False
        return REFUSAL.match(self.text, start, end)

    def result(self, start, end):
        """return EXPRESSION; with no condition of its own around it."""
        value = self.text[start:end]
        ours = bool(OURS.search(value))
        if self.returns == "bool" and value != "true":
            if value == "false" or not re.fullmatch(r"[\w.>-]+", value):
                self.accepts(start, end, ours)
        elif self.returns == "status" and value != "CERTBIND_OK":
            if value.startswith("CERTBIND_") or not re.fullmatch(r"[\w.>-]+", value):
                self.add("status", (start, end), ours)
        elif self.returns == "message" and (value[0] == '"' or not re.fullmatch(r"\w+", value)):
            self.add("message", (start, end), ours)
        elif self.returns == "int" and value == "-1":
            self.add("number", (start, end), ours)

    def scan(self, returns, name, start, end):
        self.returns, self.function, self.body = returns, name, self.text[start:end]
        guarded = self.guards(start, end)
        for m in re.compile(r"\breturn ([^;]+);").finditer(self.code, start, end):
            if m.start() not in guarded:
                self.result(*m.span(1))
        for m in re.compile(r"\bok = ([^;]+);").finditer(self.code, start, end):
            if m[1] not in ("true", "false"):
                self.accepts(*m.span(1), bool(OURS.search(m[1])))
        pattern = re.compile(r"[\w.>-]+ = (CERTBIND_E_\w+|(\w+)\([^;]*\));")
        for m in pattern.finditer(self.code, start, end):
            kind = self.results.get(m[2]) if m[2] else "status"
            whole = not m[2] or close(self.code, m.end(2)) == m.end(1)
            if kind in ("status", "message") and whole and m.start() not in guarded:
                self.add(kind, m.span(1), bool(OURS.search(self.text[m.start(1):m.end(1)])))


FUNCTION = re.compile(r"^((?:static |const |struct |enum )*)(\w+)( \*+| )(\w+)\(([^;{}]*?)\)"
                      r"\s*\n\{\n(.*?)^\}", re.M | re.S)


def returned(m):
    if m[3].strip():
        says = m[2] == "char" and re.search(r'return "|\bproblem\b', m[6])
        return "message" if says else "pointer"
    return {"bool": "bool", "certbind_status": "status", "int": "int"}.get(m[2], "other")


def find_sites(texts):
    """Every mutant of the sources, by path: text. Those left out are marked as ours."""
    sites = []
    own = {p: {m[4]: returned(m) for m in FUNCTION.finditer(t)} for p, t in texts.items()}
    shared = {k: v for functions in own.values() for k, v in functions.items()}
    for path, text in texts.items():
        finder = Finder(path, text, {**shared, **own[path]})
        for m in FUNCTION.finditer(finder.code):
            if m[4].startswith("certbind_fail"):
                continue  # the means of refusing
            whole = FUNCTION.match(text, m.start()) or m
            finder.scan(returned(whole), m[4], *m.span(6))
        sites += sorted(finder.sites, key=lambda s: (s.start, -s.end))
    return sites
