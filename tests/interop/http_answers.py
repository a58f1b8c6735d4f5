"""Random answers of an origin in HTTP/1.1, valid ones and mutants of them. One seed makes one sequence."""
import re

from http_mutants import Requests

STATUS = ("200 OK", "200 OK", "200 ", "201 Created", "204 No Content", "206 Partial Content", "301 Moved",
          "304 Not Modified", "404 Not Found", "500 Oh \xe9", "503 Service Unavailable", "299 Some Thing")
FIELDS = ("Content-Type: text/plain", "Content-Type: text/html; charset=utf-8", "Set-Cookie: a=1; Path=/",
          "Set-Cookie: b=2", "ETag: \"x\"", "X-A: 1", "X-B:", "x-b:   spaced   ", "Vary: Accept",
          "Cache-Control: no-store", "Location: https://b.test/", "Connection: close", "Connection: x-a",
          "Keep-Alive: timeout=5", "Trailer: X-T", "Date: Sat, 28 Nov 2026 00:00:00 GMT")
INTERIM = (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n")
SURPLUS = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled"


class Answers(Requests):
    def valid(self, name):
        """Bytes that are complete when the connection ends."""
        r = self.random
        framing, body = self.body()
        status = r.choice(STATUS)
        if status[:3] in ("204", "304"):
            framing, body = r.choice(([], framing)), b""
            framing = [line for line in framing if not line.startswith("T")]
        fields = [f"X-Name: {name}"] + r.sample(FIELDS, r.randrange(0, 5)) + framing
        r.shuffle(fields)
        version = "HTTP/1.0" if r.random() < 0.1 and "chunked" not in "".join(framing) else "HTTP/1.1"
        head = "\r\n".join([f"{version} {status}"] + fields) + "\r\n\r\n"
        return head.encode("latin-1") + body

    def method(self, data):
        """Of the request: HEAD only where nginx sees a final status, else it waits for one."""
        final = re.match(rb"HTTP/1\.[01] [2-5][0-9][0-9] ", data)
        return self.random.choice(("GET", "GET", "HEAD" if final else "GET"))

    def interim(self):
        """What may come before an answer."""
        return self.random.choice(INTERIM) if self.random.random() < 0.1 else b""

    def one(self, name):
        """Returns: the bytes, and whether the connection stays open after them: then they are complete and
        more than that."""
        if self.random.random() < 0.05:
            head = f"HTTP/1.1 200 OK\r\nX-Name: {name}\r\nContent-Length: 2\r\n\r\nok"
            return head.encode() + SURPLUS[:self.random.choice((1, 20, len(SURPLUS)))], True
        data = self.valid(name)
        for _ in range(self.random.choice((0, 1, 1, 1, 2, 3))):
            data = self.mutate(data)
        if self.random.random() < 0.1:
            data = data[:self.random.randrange(len(data) + 1)]
        return data, False
