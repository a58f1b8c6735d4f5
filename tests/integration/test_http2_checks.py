#!/usr/bin/env python3
"""Active checks of servers that speak HTTP/2: a stream on a connection of its own each time."""
import ssl
import unittest

import devproof_testing as dt
import h2_frames as h2
from core_support import Backend, make_cert
from http2_support import Http2Test, request
from test_http2_origin import Origin, serve

CHECK = ("--upstream-h2", "--set", "check=30", "--check-path", "/health?a=b")


def status(code, more=()):
    return lambda origin, stream: origin.reply(stream, [(":status", code), *more])


def raw(*frames):
    return lambda origin, stream: origin.send(*(f(stream) if callable(f) else f for f in frames))


def head(code, *more, flags=h2.END_HEADERS):
    return lambda stream: h2.frame(h2.HEADERS, flags, stream,
                                   h2.encode([(":status", code), *more]))


class Checks(Http2Test):
    def backend(self, health=Origin.reply, **kwargs):
        def reply(origin, stream):
            if dict(origin.answer(stream).heads[0])[":path"] == "/health?a=b":
                backend.checks.append((origin, stream))
                backend.health(origin, stream)
            else:
                origin.reply(stream)

        def script(peer, number):
            if peer.fill():  # the last check may be cut before it says a word
                serve(peer, number, reply)
        backend = Backend(self, script, **kwargs)
        backend.health, backend.checks = health, []
        return backend

    def wait_change(self, proxy, backend, change, **members):
        return self.wait_event(proxy, "backend", change=change, address=backend.server, **members)

    def test_the_request_and_what_is_good(self):
        backend = self.backend(raw(head("103"), head("399")))
        proxy = self.proxy(backend.server, "--h2", *CHECK)
        dt.wait_for(lambda: len(backend.checks) > 8, "checks")
        self.assertEqual([], self.events(proxy, "backend"))
        origin, stream = backend.checks[0]
        self.assertEqual(1, stream)
        self.assertEqual([(":method", "GET"), (":scheme", "http"), (":authority", "localhost"),
                          (":path", "/health?a=b")], origin.answer(stream).heads[0])
        self.assertTrue(origin.answer(stream).ended)
        dt.wait_for(lambda: origin.goaway is not None, "GOAWAY")
        self.assertEqual(h2.NO_ERROR, origin.goaway[1])

    def test_a_status_out_of_range_calls_a_server_down_until_it_is_in_range(self):
        backends = [self.backend(), self.backend()]
        self.gateway = self.proxy([b.server for b in backends], "--h2", *CHECK)
        for bad in ("503", "404", "400"):
            backends[0].health = status(bad)
            self.wait_change(self.gateway, backends[0], "down", reason="upstream-check-status")
            dt.wait_for(lambda: self.stats(self.gateway)["up"] == 1, "the state to be told")
            client, before = self.open(), len(backends[0].origins)
            for _ in range(4):
                self.assertEqual(200, client.ask(request("/")).status)
            served = [a for o in backends[0].origins[:before] for a in o.answers.values()
                      if a.heads and dict(a.heads[0])[":path"] == "/"]
            self.assertEqual([], served, "a server that is down gets nothing")
            backends[0].health = Origin.reply
            dt.wait_for(lambda: self.stats(self.gateway)["up"] == 2, "the server to be up again")

    def test_every_way_to_fail_has_its_code(self):
        big = [("a", "x" * 16000)] * 5
        rows = [
            ("a reset", raw(lambda s: h2.rst_stream(s, h2.INTERNAL_ERROR)), "upstream-reset"),
            ("a refusal", raw(lambda s: h2.rst_stream(s, h2.REFUSED_STREAM)), "upstream-reset"),
            ("no status", raw(lambda s: h2.frame(h2.HEADERS, 4, s, h2.encode([("a", "b")]))),
             "upstream-malformed"),
            ("a status of four digits", raw(head("2000")), "upstream-malformed"),
            ("101", raw(head("101")), "upstream-malformed"),
            ("DATA before the head", raw(lambda s: h2.frame(h2.DATA, 0, s, b"x")),
             "upstream-malformed"),
            ("GOAWAY alone", raw(h2.frame(h2.GOAWAY, 0, 0, bytes(8))), "upstream-reset"),
            ("garbage", raw(b"HTTP/1.1 200 OK\r\n\r\n" * 10), "upstream-malformed"),
            ("a flood", raw(h2.frame(h2.PING, 0, 0, bytes(8)) * 2000), "upstream-malformed"),
            ("a block that unpacks to a lot", lambda o, s: self.long_block(o, s, big),
             "upstream-head-size"),
            ("silence", lambda o, s: None, "upstream-check-timeout"),
            ("interim answers alone", raw(head("103"), head("103")),
             "upstream-check-timeout"),
        ]
        for name, health, code in rows:
            with self.subTest(name):
                backend = self.backend(health)
                late = ("--set", "check_timeout=200") if code.endswith("timeout") else ()
                proxy = self.proxy(backend.server, "--h2", *CHECK, *late)
                self.wait_change(proxy, backend, "down", reason=code)

    @staticmethod
    def long_block(origin, stream, fields):
        block = h2.encode([(":status", "200"), *fields])
        parts = [block[i:i + 16000] for i in range(0, len(block), 16000)]
        origin.send(h2.frame(h2.HEADERS, 0, stream, parts[0]),
                    *(h2.frame(h2.CONTINUATION, 0, stream, p) for p in parts[1:-1]),
                    h2.frame(h2.CONTINUATION, h2.END_HEADERS, stream, parts[-1]))

    def test_a_server_of_http_1_1_is_down(self):
        old = Backend(self, lambda peer, n: peer.send(b"HTTP/1.1 200 OK\r\n\r\n" * 10))
        proxy = self.proxy(old.server, "--h2", *CHECK)
        self.wait_change(proxy, old, "down", reason="upstream-malformed")

    def test_over_tls_the_server_must_choose_it(self):
        cert, key = make_cert(self.folder, "app")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        context.set_alpn_protocols(["h2"])
        backend = self.backend(context=context)
        proxy = self.proxy(backend.server, "--h2", *CHECK, "--upstream-tls")
        dt.wait_for(lambda: len(backend.checks) > 3, "checks")
        self.assertEqual([], self.events(proxy, "backend"))
        origin, stream = backend.checks[0]
        self.assertEqual("https", dict(origin.answer(stream).heads[0])[":scheme"])
        silent = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        silent.load_cert_chain(cert, key)
        other = Backend(self, lambda peer, n: self.assertIsNone(peer.head()), context=silent)
        proxy = self.proxy(other.server, "--h2", "--upstream-h2", "--set", "check=30",
                           "--upstream-tls")
        self.wait_change(proxy, other, "down", reason="transport-alpn")


if __name__ == "__main__":
    unittest.main()
