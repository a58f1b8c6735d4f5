"""Random requests of HTTP/1.1, valid ones and mutants of them. One seed makes one sequence."""
import random

METHODS = ("GET", "GET", "POST", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
TARGETS = ("/{}", "/{}?a=b&c=%20d", "/{}/x%41y", "/{}/a/b;c=d", "http://app.test/{}", "/{}?", "/{}/%e2%82%ac")
HOSTS = ("app.test", "app.test", "APP.test", "app.test:80", "[::1]:8080", "127.0.0.1")
FIELDS = ("X-A: 1", "X-A: 2", "X-B:", "x-b:   spaced   ", "Accept: */*", "Cookie: a=b; c=d",
          "User-Agent: mutant/1 (x)", "X-Quoted: \"a, b\"", "X-Long: " + "v" * 300, "X-Tab:\ta\tb")
SPECIAL = (b"\r", b"\n", b"\r\n", b" ", b"\t", b"\x00", b":", b",", b";", b"\x7f", b"\x80", b"\x0b", b"_", b"0",
           b"chunked", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: b\r\n",
           b"\r\n ", b"%00", b"#", b"\\", b"HTTP/1.1")


class Requests:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.sent = None  # the body of the last one, None when it is a mutant

    def body(self):
        """(framing fields, bytes behind the head)"""
        r = self.random
        data = bytes(r.choice(b"abc\r\n0") for _ in range(r.randrange(0, 12)))
        kind = r.randrange(4)
        self.sent = data if kind else b""
        if kind == 0:
            return [], b""
        if kind == 1:
            return [f"Content-Length: {len(data)}"], data
        out, at = b"", 0
        while at < len(data):
            n = r.randrange(1, len(data) - at + 1)
            ext = r.choice((b"", b"", b";x", b";x=\"y\""))
            out, at = out + b"%x%s\r\n%s\r\n" % (n, ext, data[at:at + n]), at + n
        return ["Transfer-Encoding: chunked"], out + b"0\r\n" + r.choice((b"", b"", b"X-T: t\r\n")) + b"\r\n"

    def valid(self, name):
        r = self.random
        framing, body = self.body()
        fields = [f"Host: {r.choice(HOSTS)}"] + r.sample(FIELDS, r.randrange(0, 4)) + framing
        r.shuffle(fields)
        version = "HTTP/1.0" if r.random() < 0.1 and "chunked" not in "".join(framing) else "HTTP/1.1"
        line = f"{r.choice(METHODS)} {r.choice(TARGETS).format(name)} {version}"
        return "\r\n".join([line] + fields).encode() + b"\r\n\r\n" + body

    def mutate(self, data):
        r = self.random
        kind = r.randrange(7)
        at = r.randrange(len(data))
        if kind == 0:
            return data[:at] + r.choice(SPECIAL) + data[at:]
        if kind == 1:
            return data[:at] + data[at + 1:]
        if kind == 2:
            return data[:at] + bytes([data[at] ^ 1 << r.randrange(8)]) + data[at + 1:]
        if kind == 3:
            return data[:at] + r.choice(SPECIAL) + data[at + 1:]
        lines = data.split(b"\r\n")
        i = r.randrange(len(lines))
        if kind == 4:
            return b"\r\n".join(lines[:i] + [lines[i]] + lines[i:])
        if kind == 5:
            lines[i] = lines[i].swapcase()
            return b"\r\n".join(lines)
        return b"\r\n".join(lines[:i] + lines[i + 1:])

    def one(self, name):
        """A third is valid, the others have one to three mutations."""
        data = self.valid(name)
        for _ in range(self.random.choice((0, 1, 1, 1, 2, 3))):
            data, self.sent = self.mutate(data), None
        return data
