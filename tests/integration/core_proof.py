#!/usr/bin/env python3
"""The other way round: plain bytes in, proven TLS out. No byte of an application before the proof."""
import contextlib
import ssl
import time
import unittest

import devproof_testing as dt
from core_support import OK, Backend, CoreTest, answer_all, make_cert

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Proof(CoreTest):
    def tls_backend(self, script):
        cert, key = make_cert(self.folder, "upstream")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        return Backend(self, script, context=context)

    def prover(self, reply, after=b""):
        def script(peer, number):
            peer.backend.heads.append(peer.line_n())
            peer.send(reply + after)
            answer_all(peer, number)
        return script

    def start_proxy(self, script, *options):
        backend = self.tls_backend(script)
        proxy = self.proxy(backend.server, "--upstream-tls", "--proof", "--failures", *options,
                           tls=False)
        return backend, proxy

    def test_a_proven_connection_is_kept_and_used_again(self):
        def script(peer, number):
            self.assertEqual(b"prove\n", peer.exactly(6))
            self.assertEqual(b"", peer.data)
            peer.send(b"prov")
            peer.send(b"en\n")
            answer_all(peer, number)
        backend, proxy = self.start_proxy(script)
        peer = self.connect(proxy)
        for _ in range(3):
            peer.send(GET)
            self.assertEqual(b"ok", peer.body(peer.head()))
        self.assertEqual(1, backend.count)
        self.assertEqual(1, self.stats(proxy)["proofs_ready"])

    def refused(self, reply, code):
        seen = []

        def script(peer, _):
            peer.exactly(6)
            peer.send(reply)
            seen.append(peer.rest())
        _, proxy = self.start_proxy(script)
        peer = self.connect(proxy)
        peer.send(b"POST /secret HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nsecret")
        head = peer.head()
        self.assert_status(head, 502)
        self.assertIn(f'"code":"{code}"'.encode(), peer.body(head))
        self.wait_event(proxy, "request", reason=code)
        self.stats(proxy)
        proxy.stop()
        dt.wait_for(lambda: seen, "the end of the far side's connection")
        self.assertEqual([b""], seen)

    def test_a_wrong_proof_is_502_with_its_code_and_nothing_is_sent(self):
        self.refused(b"another", "proof-other")

    def test_a_proof_that_is_too_long_refuses(self):
        self.refused(b"proven\n" + b"x", "proof-too-long")

    def slow(self, between, **limits):
        """The reason of a refusal by a far side that sends one byte after the other."""
        def script(peer, _):
            peer.exactly(6)
            with contextlib.suppress(OSError):
                for byte in b"proven":
                    peer.send(bytes([byte]))
                    time.sleep(between)
                peer.rest()
        options = [x for name, ms in limits.items() for x in ("--set", f"{name}={ms}")]
        _, proxy = self.start_proxy(script, *options)
        head, body = self.get(proxy)
        self.assert_status(head, 504)
        self.assertIn(b'"code":"upstream-proof-timeout"', body)

    def test_one_byte_at_a_time_stretches_no_limit(self):
        self.slow(0.2, proof_request=500)
        self.slow(0.2, proof=500)

    def test_what_was_proven_runs_out_during_an_exchange(self):
        def script(peer, _):
            peer.exactly(6)
            peer.send(b"proven\n")
            peer.head()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
            peer.rest()
        _, proxy = self.start_proxy(script, "--set", "proof_left=1000")
        peer = self.connect(proxy)
        peer.send(GET)
        head = peer.head()
        self.assert_status(head, 200)
        with self.assertRaises((OSError, AssertionError)):
            peer.body(head)
        self.wait_event(proxy, "request", reason="proof-expired")

    def proving(self, answer):
        """A script that proves itself whenever asked; answer(peer, head) answers a request."""
        def script(peer, _):
            while True:
                while len(peer.data) < 6:
                    if not peer.fill():
                        return
                if peer.data.startswith(b"prove\n"):
                    peer.exactly(6)
                    peer.backend.heads.append(b"prove")
                    peer.send(b"proven\n")
                    continue
                head = peer.head()
                if head is None:
                    return
                peer.backend.heads.append(b"request")
                answer(peer, head)
        return script

    def test_an_idle_connection_is_proven_once_more_when_its_proof_ran_out(self):
        backend, proxy = self.start_proxy(self.proving(lambda peer, _: peer.send(OK)), "--set",
                                          "proof_left=1500", "--set", "proof_renew=1")
        peer = self.connect(proxy)
        for _ in range(2):
            peer.send(GET)
            self.assertEqual(b"ok", peer.body(peer.head()))
        time.sleep(1.6)  # the proof gets old
        peer.send(GET)
        self.assertEqual(b"ok", peer.body(peer.head()))
        self.assertEqual(1, backend.count)
        self.assertEqual([b"prove", b"request", b"request", b"prove", b"request"], backend.heads)

    def test_what_cannot_be_proven_once_more_makes_way_for_a_new_connection(self):
        """The far side hangs up on the second proof: nothing of the request went there."""
        def script(peer, number):
            asked = 0
            while True:
                while len(peer.data) < 6:
                    if not peer.fill():
                        return
                if peer.data.startswith(b"prove\n"):
                    peer.exactly(6)
                    asked += 1
                    if asked == 2:
                        peer.sock.close()
                        return
                    peer.send(b"proven\n")
                    continue
                head = peer.head()
                if head is None:
                    return
                peer.backend.heads.append((number, peer.body(head)))
                peer.send(OK)
        backend, proxy = self.start_proxy(script, "--set", "proof_left=1000", "--set",
                                          "proof_renew=1")
        peer = self.connect(proxy)
        for pause in (0, 1.1):  # the proof gets old
            time.sleep(pause)
            peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
            self.assertEqual(b"ok", peer.body(peer.head()))
        self.assertEqual(2, len({number for number, _ in backend.heads}))
        self.assertEqual([b"hi", b"hi"], [body for _, body in backend.heads])

    def long_answer(self, peer, _):
        with contextlib.suppress(OSError):
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n")
            for _ in range(30):
                peer.send(b"x")
                time.sleep(0.1)

    def test_another_connection_lets_a_busy_one_go_on(self):
        backend, proxy = self.start_proxy(self.proving(self.long_answer), "--set",
                                          "proof_left=1000", "--set", "proof_renew=2")
        peer = self.connect(proxy)
        peer.send(GET)
        self.assertEqual(b"x" * 30, peer.body(peer.head()))
        self.assertGreater(backend.count, 1)
        self.assertLess(backend.count, 12)
        self.assertEqual(1, backend.heads.count(b"request"))

    def test_connections_that_prove_nothing_for_it_are_few_and_it_ends(self):
        backend, proxy = self.start_proxy(self.proving(self.long_answer), "--set",
                                          "proof_left=1000", "--set", "proof_renew=1")
        peer = self.connect(proxy)
        peer.send(GET)
        head = peer.head()
        with self.assertRaises((OSError, AssertionError)):
            peer.body(head)
        self.wait_event(proxy, "request", reason="proof-expired")
        self.assertLess(backend.count, 6)

    def test_a_plain_server_refuses(self):
        backend = Backend(self, lambda peer, n: peer.send(OK))
        proxy = self.proxy(backend.server, "--upstream-tls", "--proof", "--failures", tls=False)
        head, body = self.get(proxy)
        self.assert_status(head, 502)
        self.assertIn(b'"code":"upstream-tls"', body)

    def test_a_server_without_tls_1_3_refuses(self):
        backend = self.tls_backend(answer_all)
        backend.context.maximum_version = ssl.TLSVersion.TLSv1_2
        proxy = self.proxy(backend.server, "--upstream-tls", "--failures", tls=False)
        self.assert_status(self.get(proxy)[0], 502)

    def test_a_cut_without_close_notify_does_not_end_an_answer(self):
        def script(peer, _):
            peer.exactly(6)
            peer.send(b"proven\n")
            peer.head()
            peer.send(b"HTTP/1.1 200 OK\r\n\r\nhalf")
            peer.sock.close()
        _, proxy = self.start_proxy(script)
        peer = self.connect(proxy)
        peer.send(GET)
        head = peer.head()
        self.assert_status(head, 200)
        with self.assertRaises((OSError, AssertionError)):
            peer.body(head)
        self.wait_event(proxy, "request", reason="upstream-truncated")


if __name__ == "__main__":
    unittest.main()
