#!/usr/bin/env python3
"""Several servers behind one upstream: who gets what, who is left out, what is sent again."""
import threading
import unittest

import devproof_testing as dt
from core_support import OK, Backend, CoreTest, answer_all

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
CLOSING = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Balance(CoreTest):
    def refused(self):
        """A server that nobody listens at, but on this machine."""
        return f"127.0.0.1:{self.closed_port()}"

    def ask(self, peer, request=GET):
        peer.send(request)
        head = peer.head()
        peer.body(head)
        return int(head.split(b" ", 2)[1])

    def counts(self, backends):
        return [len(b.heads) for b in backends]

    def test_servers_take_turns(self):
        backends = [Backend(self), Backend(self), Backend(self, unix=self.path("third"))]
        proxy = self.proxy([b.server for b in backends])
        peer = self.connect(proxy)
        for _ in range(12):
            self.assertEqual(200, self.ask(peer))
        self.assertEqual([4, 4, 4], self.counts(backends))
        self.assertEqual([1, 1, 1], [b.count for b in backends], "each has a pool of its own")
        self.assertEqual((3, 3), tuple(self.stats(proxy)[k] for k in ("servers", "up")))

    def test_the_least_busy_server_is_taken(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def slow(peer, number):
            peer.backend.heads.append(peer.head())
            release.wait(dt.DEADLINE_S)
            peer.send(OK)
            answer_all(peer, number)
        backends = [Backend(self, slow), Backend(self)]
        proxy = self.proxy([b.server for b in backends], "--least")
        held = self.connect(proxy)
        held.send(GET)
        dt.wait_for(lambda: backends[0].heads, "a request that is held")
        peer = self.connect(proxy)
        for _ in range(6):
            self.assertEqual(200, self.ask(peer))
        self.assertEqual([1, 6], self.counts(backends))
        release.set()
        self.assertEqual(200, int(held.head().split(b" ", 2)[1]))

    def test_a_refused_connection_goes_to_another_server_also_a_post(self):
        good = Backend(self)
        proxy = self.proxy([self.refused(), good.server], "--set", "eject=0")
        for request in (GET, POST) * 2:
            self.assertEqual(200, self.ask(self.connect(proxy), request))
        self.assertEqual(4, len(good.heads), "each was sent once")
        # One connection stands after the first; turns that fall on the good one reuse it.
        self.assertGreaterEqual(self.stats(proxy)["retries"], 1)

    def test_the_second_failure_is_told(self):
        proxy = self.proxy([self.refused(), self.refused(), self.refused()])
        self.assertEqual(502, self.ask(self.connect(proxy)))
        self.assertEqual(1, self.stats(proxy)["retries"])
        self.wait_event(proxy, "request", reason="upstream-refused", status=502)

    def test_what_may_have_been_processed_is_not_sent_again(self):
        for request in (GET, POST):
            backends = [Backend(self, lambda peer, n: peer.backend.heads.append(peer.head()))
                        for _ in range(2)]
            proxy = self.proxy([b.server for b in backends])
            self.assertEqual(502, self.ask(self.connect(proxy), request))
            self.assertEqual(1, sum(self.counts(backends)))
            self.assertEqual(0, self.stats(proxy)["retries"])

    def test_no_answer_in_time_is_not_sent_again(self):
        def silent(peer, _):
            peer.backend.heads.append(peer.head())
            peer.rest()
        backends = [Backend(self, silent), Backend(self, silent)]
        proxy = self.proxy([b.server for b in backends], "--set", "first_byte=200")
        self.assertEqual(504, self.ask(self.connect(proxy)))
        self.assertEqual(1, sum(self.counts(backends)))

    def test_retries_have_a_budget(self):
        good = Backend(self, lambda peer, n: answer_all(peer, n, CLOSING))
        proxy = self.proxy([self.refused(), good.server], "--set", "eject=0")
        statuses = [self.ask(self.connect(proxy)) for _ in range(60)]
        # Every second one meets the dead server. Ten retries are always there, then a fifth of
        # what was asked: twelve of 60.
        self.assertIn(self.stats(proxy)["retries"], (11, 12))
        self.assertEqual({200, 502}, set(statuses))
        self.assertEqual(200, statuses[19], "the first twenty are all retried")

    def test_a_server_that_fails_is_ejected_and_comes_back(self):
        dead = self.refused()
        good = Backend(self)
        proxy = self.proxy([dead, good.server], "--set", "eject=300")
        peer = self.connect(proxy)
        for _ in range(6):
            self.assertEqual(200, self.ask(peer))
        self.wait_event(proxy, "backend", change="ejected", address=dead,
                        reason="upstream-refused")
        retries = self.stats(proxy)["retries"]
        self.assertEqual(2, retries, "after two failures it gets nothing")
        back = Backend(self, port=int(dead.rsplit(":", 1)[1]))
        dt.wait_for(lambda: self.ask(peer) == 200 and back.heads, "the server to be used again")
        self.assertEqual(retries, self.stats(proxy)["retries"])

    def test_servers_that_do_not_answer_are_ejected_and_then_all_are_tried(self):
        def closes(peer, _):
            peer.backend.heads.append(peer.head())
        backends = [Backend(self, closes), Backend(self, closes)]
        proxy = self.proxy([b.server for b in backends], "--set", "eject=60000")
        for _ in range(8):
            self.assertEqual(502, self.ask(self.connect(proxy)))
        for b in backends:
            self.wait_event(proxy, "backend", change="ejected", address=b.server,
                            reason="upstream-closed")
        self.assertEqual([4, 4], self.counts(backends))

    def test_an_answer_ends_the_row_of_failures(self):
        def every_second(peer, number):
            peer.backend.heads.append(peer.head())
            if number % 2 == 0:
                peer.send(CLOSING)
        backends = [Backend(self, every_second), Backend(self, every_second)]
        proxy = self.proxy([b.server for b in backends], "--set", "eject=60000")
        for _ in range(12):
            self.ask(self.connect(proxy))
        self.assertEqual([6, 6], self.counts(backends))
        self.assertEqual(0, self.stats(proxy)["ejections"])

    def test_limits_are_those_of_each_server(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def held(peer, number):
            peer.backend.heads.append(peer.head())
            release.wait(dt.DEADLINE_S)
            peer.send(OK)
            answer_all(peer, number)
        backends = [Backend(self, held), Backend(self, held)]
        proxy = self.proxy([b.server for b in backends], "--set", "upstream_connections=1",
                           "--set", "upstream_waiting=1", "--set", "upstream_queue=20000")
        peers = [self.connect(proxy) for _ in range(3)]
        for n, p in enumerate(peers[:2], 1):
            p.send(GET)
            dt.wait_for(lambda n=n: sum(self.counts(backends)) == n, "a request at a server")
        self.assertEqual([1, 1], self.counts(backends))
        peers[2].send(GET)
        # The place in the queue is taken once this one is refused.
        dt.wait_for(lambda: self.ask(self.connect(proxy)) == 503, "a full queue")
        self.wait_event(proxy, "request", reason="upstream-queue-full")
        release.set()
        for p in peers:
            self.assert_status(p.head(), 200)

    def test_too_many_servers_do_not_start(self):
        argv = [dt.built("tests/bench/core_proxy"), "--listen", "127.0.0.1:0"]
        for n in range(17):
            argv += ["--upstream", f"127.0.0.1:{n + 1}"]
        done = self.run_program(argv)
        self.assertEqual(1, done.returncode)
        self.assertIn("cannot use upstream 'app'", done.stderr)


if __name__ == "__main__":
    unittest.main()
