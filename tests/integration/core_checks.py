#!/usr/bin/env python3
"""Active checks: what calls a server down, what calls it up, who hears of it."""
import ssl
import threading
import unittest

import devproof_testing as dt
from core_support import OK, Backend, CoreTest, make_cert

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
EVERY = ("--set", "check=30")
HTTP = (*EVERY, "--check-path", "/health")


class Checked(Backend):
    """Answers checks with `health`, kept apart from requests."""

    def __init__(self, test, **kwargs):
        self.health = b"HTTP/1.1 204 No Content\r\n\r\n"
        self.checks = []
        super().__init__(test, serve_checked, **kwargs)


def serve_checked(peer, _):
    while True:
        head = peer.head()
        if head is None:
            return
        peer.body(head)
        if not head.startswith(b"GET /health "):
            peer.backend.heads.append(head)
            peer.send(OK)
            continue
        peer.backend.checks.append(head)
        if peer.backend.health is None:
            peer.rest()
            return
        peer.send(peer.backend.health)


class Checks(CoreTest):
    def ask(self, peer):
        peer.send(GET)
        head = peer.head()
        peer.body(head)
        return int(head.split(b" ", 2)[1])

    def wait_change(self, proxy, backend, change, **members):
        return self.wait_event(proxy, "backend", change=change, address=backend.server, **members)

    def assert_gets_nothing(self, proxy, backend, other, loops=1):
        """None of some requests on every loop goes to it."""
        before = len(backend.heads)
        for _ in range(8 * loops):
            self.assertEqual(200, self.ask(self.connect(proxy)))
        self.assertEqual(before, len(backend.heads))
        self.assertGreater(len(other.heads), 0)

    def test_a_status_out_of_range_calls_a_server_down_until_it_is_in_range(self):
        backends = [Checked(self), Checked(self)]
        proxy = self.proxy([b.server for b in backends], *HTTP)
        for bad in (b"503 Service Unavailable", b"404 Not Found", b"199 x\r\n\r\nHTTP/1.1 400 x"):
            backends[0].health = b"HTTP/1.1 " + bad + b"\r\nContent-Length: 0\r\n\r\n"
            down = self.wait_change(proxy, backends[0], "down", reason="upstream-check-status")
            self.assertEqual(0, down["loop"])
            dt.wait_for(lambda: self.stats(proxy)["up"] == 1, "the state to be told")
            self.assert_gets_nothing(proxy, *backends)
            backends[0].health = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 399 x\r\n\r\n"
            dt.wait_for(lambda: self.stats(proxy)["up"] == 2, "the server to be up again")
            before = len(backends[0].heads)
            for _ in range(2):
                self.ask(self.connect(proxy))
            self.assertEqual(before + 1, len(backends[0].heads))
        self.assertEqual(3, len([e for e in self.events(proxy, "backend")
                                 if e["change"] == "up"]))
        self.assertEqual(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                         backends[0].checks[0])

    def test_every_way_to_fail_has_its_code(self):
        late = ("--set", "check_timeout=100")
        for health, code, options in ((b"garbage\r\n\r\n", "upstream-malformed", ()),
                                      (None, "upstream-check-timeout", late),
                                      (b"HTTP/1.1 200 OK\r\nHalf", "upstream-check-timeout", late)):
            backend = Checked(self)
            backend.health = health
            proxy = self.proxy(backend.server, *HTTP, *options)
            self.wait_change(proxy, backend, "down", reason=code)
        closing = Backend(self, lambda peer, n: peer.head())
        proxy = self.proxy(closing.server, *HTTP)
        self.wait_change(proxy, closing, "down", reason="upstream-closed")

    def test_a_connection_is_enough_without_a_path(self):
        server = f"127.0.0.1:{self.closed_port()}"
        other = Checked(self)
        proxy = self.proxy([server, other.server], *EVERY)
        self.wait_event(proxy, "backend", change="down", address=server,
                        reason="upstream-refused")
        back = Checked(self, port=int(server.rsplit(":", 1)[1]))
        self.wait_change(proxy, back, "up")
        dt.wait_for(lambda: self.ask(self.connect(proxy)) == 200 and back.heads, "a request")
        self.assertEqual([], back.checks)

    def test_a_unix_socket_is_checked_too(self):
        backends = [Checked(self, unix=self.path("app")), Checked(self)]
        proxy = self.proxy([b.server for b in backends], *HTTP)
        backends[0].health = b"HTTP/1.1 500 x\r\n\r\n"
        self.wait_change(proxy, backends[0], "down", reason="upstream-check-status")
        dt.wait_for(lambda: self.stats(proxy)["up"] == 1, "the state to be told")
        self.assert_gets_nothing(proxy, *backends)

    def test_one_loop_checks_and_all_loops_hear_of_it(self):
        backends = [Checked(self), Checked(self)]
        proxy = self.proxy([b.server for b in backends], *HTTP, "--threads", 3)
        backends[0].health = b"HTTP/1.1 500 x\r\n\r\n"
        self.wait_change(proxy, backends[0], "down", loop=0)
        dt.wait_for(lambda: self.stats(proxy)["up"] == 1, "the state to be told")
        # Verdicts are posted to all loops before the state is told on the first.
        self.assert_gets_nothing(proxy, *backends, loops=3)
        self.assertEqual({0}, {e["loop"] for e in self.events(proxy, "backend")})

    def test_one_bad_check_is_not_enough(self):
        flaky = threading.Event()
        backend = Checked(self)

        def script(peer, number):
            head = peer.head()
            if number % 3 == 0:
                flaky.set()
                peer.send(b"HTTP/1.1 500 x\r\n\r\n")
            elif head:
                peer.send(backend.health)
        backend.script = script
        proxy = self.proxy(backend.server, *HTTP)
        self.assertTrue(flaky.wait(dt.DEADLINE_S))
        dt.wait_for(lambda: backend.count > 20, "checks")
        self.assertEqual([], self.events(proxy, "backend"))

    def test_all_down_is_503_at_once(self):
        backend = Checked(self)
        proxy = self.proxy(backend.server, *HTTP)
        backend.health = b"HTTP/1.1 500 x\r\n\r\n"
        dt.wait_for(lambda: self.stats(proxy)["up"] == 0, "the server to be down")
        peer = self.connect(proxy)
        peer.send(GET)
        head = peer.head()
        self.assert_status(head, 503)
        self.assertIn(b"Retry-After", head)
        self.assertIn(b"destination_unavailable", head)
        peer.body(head)
        self.wait_event(proxy, "request", reason="upstream-down")
        self.assertEqual([], backend.heads)

    def test_who_waits_when_the_last_server_goes_down_is_told_at_once(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def script(peer, number):
            head = peer.head()
            if head.startswith(b"GET /health "):
                peer.send(backend.health)
                return
            peer.backend.heads.append(head)
            release.wait(dt.DEADLINE_S)
        backend = Checked(self)
        backend.script = script
        proxy = self.proxy(backend.server, *HTTP, "--set", "upstream_connections=1", "--set",
                           "upstream_queue=3600000")
        self.connect(proxy).send(GET)
        dt.wait_for(lambda: backend.heads, "the one that has the place")
        waiting = self.connect(proxy)
        waiting.send(GET)
        dt.wait_for(lambda: self.stats(proxy)["waiting"] == 1, "one that waits")
        backend.health = b"HTTP/1.1 500 x\r\n\r\n"
        self.assert_status(waiting.head(), 503)
        self.wait_event(proxy, "request", reason="upstream-down")

    def test_a_check_takes_no_place_of_a_request(self):
        backend = Checked(self)
        backend.health = None
        proxy = self.proxy(backend.server, *HTTP, "--set", "upstream_connections=1", "--set",
                           "check_timeout=3600000")
        dt.wait_for(lambda: backend.checks, "a check that gets no answer")
        for _ in range(3):
            self.assertEqual(200, self.ask(self.connect(proxy)))
        self.assertEqual(1, len(backend.checks))

    def test_a_check_uses_tls_and_the_proof(self):
        cert, key = make_cert(self.folder, "app")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        answers = [b"proven\n"]

        def script(peer, number):
            self.assertEqual(b"prove\n", peer.exactly(6))
            peer.send(answers[0])
            if answers[0] == b"proven\n":
                serve_checked(peer, number)
        backend = Checked(self, context=context)
        backend.script = script
        proxy = self.proxy(backend.server, *HTTP, "--upstream-tls", "--proof")
        dt.wait_for(lambda: backend.checks, "a check")
        answers[0] = b"refuse\n"
        self.wait_change(proxy, backend, "down", reason="proof-other")
        checks = len(backend.checks)
        dt.wait_for(lambda n=backend.count: backend.count > n + 3, "more connections")
        self.assertEqual(checks, len(backend.checks), "a byte before the proof")


if __name__ == "__main__":
    unittest.main()
