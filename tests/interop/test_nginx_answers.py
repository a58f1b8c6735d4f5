#!/usr/bin/env python3
"""Random answers of an origin through nginx and through the gateway: what a client gets means the same, or is
refused or cut by one for a reason of nginx-differences.json.

Requests follow each other on the client's connection: an answer that ends elsewhere is found out. Interim
answers come to the gateway alone: nginx 1.22 takes them for the final ones, and then waits.

  test_nginx_answers.py [--seed N] [--count N] [--show]
"""
import re
import socket
import sys
import unittest

import devproof_testing as dt
from http_answers import Answers
from nginx_side import TIMEOUT_S, Differences, Nginx, exit_without_nginx, numbers
from core_support import make_cert
from gateway_testing import GatewayTestCase
from recording_backend import Malformed, Reader, RecordingBackend

OPTIONS = numbers(sys.argv, seed=3, count=1000)
NGINX_S = 2  # it takes any status of 1xx for a final one; the few such mutants cost so much
SHOW = "--show" in sys.argv
COMPARED = ("content-type", "set-cookie", "etag", "x-a", "x-b", "vary", "cache-control", "location", "x-name")


class Bytes:
    """As much of a socket as a reader needs."""

    def __init__(self, data):
        self.data = data

    def settimeout(self, timeout_s):
        pass

    def recv(self, n):
        out, self.data = self.data[:n], self.data[n:]
        return out


def fault(data):
    """What a strict reader minds about an answer, whatever was asked; None when it minds nothing."""
    try:
        message = Reader(Bytes(data)).answer("GET")
        if message and message.status in (204, 304):
            Reader(Bytes(b"0\r\n\r\n")).body(message)  # there is none, but framing must be right
        return None if message else "nothing came"
    except Malformed as e:
        return re.match("first line|field line|line end|two framings|coding|length|chunk line|no line end|", str(e))[0] \
            or "repeated"
    except EOFError:
        return "truncated"


class Side:
    """A proxy, its origin, a connection to it, and how it says why it refused."""

    def __init__(self, test, dial, why, timeout_s=TIMEOUT_S):
        self.origin = RecordingBackend(test, {"/": self.answer})
        self.dial, self.why, self.client, self.timeout_s = dial, why, None, timeout_s
        self.data, self.keep = b"", False
        test.addCleanup(self.close)

    def close(self):
        if self.client:
            self.client.sock.close()
        self.client = None

    def answer(self, connection, request):
        self.origin.complete(connection, request)
        connection.send(self.data)
        return self.keep

    def ask(self, case, method):
        """Returns: (what came of it: "answer", "cut", "malformed" or a refusal, what an application sees)"""
        (self.data, self.keep) = case
        if not self.client:
            self.client = Reader(self.dial())
            self.client.sock.settimeout(self.timeout_s)
        before = len(self.client.raw)
        try:
            self.client.sock.sendall(f"{method} / HTTP/1.1\r\nHost: app.test\r\n\r\n".encode())
            message = self.client.answer(method)
        except TimeoutError:
            self.close()
            return "no end", None
        except (EOFError, OSError):
            message = None
        except Malformed as e:
            self.close()
            return f"malformed: {str(e).split(':')[0]}", None
        if message is None:
            raw = self.client.raw[before:]
            self.close()
            return ("cut" if raw else "closed"), None
        if (message.get("Connection") or "").lower() == "close":
            self.close()
        why = self.why(message)
        return (why, None) if why else ("answer", self.meaning(message))

    @staticmethod
    def meaning(message):
        fields = [(name, value) for name, value in
                  ((n.decode("latin-1").lower(), v) for n, v in message.fields) if name in COMPARED]
        return message.status, message.body, sorted(fields, key=lambda field: field[0])


def gateway_refusal(message):
    if message.status not in (502, 504) or message.get("Proxy-Status") is None:
        return None
    return re.search('details="([a-z0-9-]+)"', message.get("Proxy-Status"))[1]


class AnswersTest(GatewayTestCase):
    def setUp(self):
        self.ours = Side(self, self.dial, gateway_refusal)
        self.theirs = Side(self, lambda: self.context.wrap_socket(self.nginx.dial()), self.nginx_refusal,
                           NGINX_S)
        self.context = dt.insecure_context(["http/1.1"])
        cert, key = make_cert(self.folder, "nginx")
        self.nginx = Nginx(self, self.theirs.origin.server, "ssl",
                           f"ssl_protocols TLSv1.3; ssl_certificate {cert}; ssl_certificate_key {key};")
        self.gateway = self.start_gateway({"upstreams": {"app": {"servers": [self.ours.origin.server]}}},
                                          self.start_simulator())

    def dial(self):
        sock = dt.tls_connect("127.0.0.1", self.gateway.port, alpn=["http/1.1"])
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def nginx_refusal(self, message):
        """Why nginx answered 502 itself."""
        told = re.findall(r"upstream (sent [a-zA-Z :\"-]*[a-zA-Z]|prematurely closed)", self.nginx.log.read())
        if message.status != 502 or message.get("X-Name") is not None:
            return None
        return told[-1].split(":")[0] if told else "502"

    def judge(self, ours, theirs):
        """The kind of a difference: None when there is none."""
        (how, seen), (why, by_nginx) = ours, theirs
        if how == why == "answer":
            if seen == by_nginx:
                return None
            if seen[:2] != by_nginx[:2]:
                return "another status or body"
            return "other fields: " + next(n for n in COMPARED if [f for f in seen[2] if f[0] == n] !=
                                           [f for f in by_nginx[2] if f[0] == n])
        if how != "answer" and why != "answer":
            return None  # neither passes it on as an answer
        return f"refused: {how}" if why == "answer" else f"nginx refuses: {why}"

    def test_a_client_gets_the_same_or_nothing_for_a_reason(self):
        count, answers = OPTIONS["count"], Answers(OPTIONS["seed"])
        differences, both = Differences("answers", SHOW), 0
        for i in range(count):
            case = answers.one(f"c{i}")
            method = answers.method(case[0])
            ours = self.ours.ask((answers.interim() + case[0], case[1]), method)
            theirs = self.theirs.ask(case, method)
            self.assertFalse(ours[0].startswith(("malformed:", "no end")), (case, ours))
            both += ours[1] is not None and ours == theirs
            kind = self.judge(ours, theirs)
            if kind:
                if kind.startswith("refused"):
                    kind += f", {fault(case[0])}"
                differences.add(kind, i, method, case, ours, theirs)
        self.assertGreater(both, count // 3, "too few answers that both pass on")
        differences.check(self, self.nginx, f"{count} answers from seed {OPTIONS['seed']}: {both} passed on by "
                          "both with one meaning")


if __name__ == "__main__":
    exit_without_nginx()
    unittest.main(argv=sys.argv[:1])
