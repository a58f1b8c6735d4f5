#!/usr/bin/env python3
"""Far sides that hold the genuine TLS key and certificate, and abuse the evidence exchange."""
import time
import unittest

import devproof_testing as dp
import hostile_peers as hostile
from attested_side import NAME, ClientTestCase


class Attacks(ClientTestCase):
    def setUp(self):
        self.start_side()
        self.policy_path = self.policy_file(self.init_policy())
        self.leaf = hostile.fetch_leaf("127.0.0.1", self.port, NAME)
        self.identity = hostile.steal_key(self.folder, self.simulator.socket, self.leaf)
        with dp.tls_connect("127.0.0.1", self.port, NAME) as s:
            s.sendall(b"GET /.well-known/devproof/binding HTTP/1.1\r\nHost: x\r\n"
                      b"Connection: close\r\n\r\n")
            self.binding = dp.receive_all(s).split(b"\r\n\r\n", 1)[1]

    def serve(self, *args, **options):
        peer = hostile.Scripted(*self.identity, *args, **options)
        self.addCleanup(peer.close)
        return peer

    def start_shim(self, port):
        shim = self.start([dp.built("devproof"), "connect", "--listen", "127.0.0.1:0", "--target",
                           f"{NAME}:443", "--policy", self.policy_path, *self.where(port)])
        return f"http://{shim.ready['listen']}/secret"

    def refused_by_shim(self, port, status=502):
        reply = dp.http_request(self.start_shim(port), "POST", b"secret")
        self.assertEqual(reply.status, status)
        return reply.json()["error"]["code"]

    def test_answers_before_their_request_refuse(self):
        """The answer to GET session stands in the same segment as that to GET binding."""
        session = hostile.answer(b'{"v":1}')
        peer = self.serve([hostile.answer(self.binding), session])
        self.assertEqual(self.refused(self.policy_path, peer.port), "http-unsolicited")
        self.assertEqual(self.refused_by_shim(peer.port), "http-unsolicited")
        self.assertEqual(peer.application_bytes, 0)

    def test_interim_answers_change_nothing(self):
        peer = self.serve([b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n",
                           hostile.answer(self.binding)])
        # Read as the binding, then as the session, which it is not.
        self.assertEqual(self.refused(self.policy_path, peer.port), "evidence-json")

    def test_an_answer_says_its_length_and_type_once(self):
        for before, code in ((b"Content-Type: text/html\r\n", "evidence-content-type"),
                             (b"Content-Encoding: identity\r\n", "evidence-content-type"),
                             (b"Transfer-Encoding: chunked\r\n", "http-framing"),
                             (b"Content-Length: 1\r\n", "http-framing")):
            peer = self.serve([hostile.answer(self.binding, before)])
            self.assertEqual(self.refused(self.policy_path, peer.port), code)
            self.assertEqual(peer.application_bytes, 0)

    def test_a_server_that_stays_busy_is_waited_for_once(self):
        busy = b"HTTP/1.1 429 Busy\r\nContent-Type: application/json\r\nRetry-After: %d\r\n" \
               b"Content-Length: 2\r\n\r\n{}"
        peer = self.serve([busy % 1])
        start = time.monotonic()
        self.assertEqual(self.refused(self.policy_path, peer.port), "evidence-http-status")
        self.assertGreaterEqual(time.monotonic() - start, 1)
        self.assertEqual(self.refused_by_shim(peer.port), "evidence-http-status")
        self.assertEqual(peer.requests, 4)
        # Longer than there is time; and bytes during the pause, which nobody asked for.
        peer = self.serve([busy % 30])
        start = time.monotonic()
        self.assertEqual(self.refused(self.policy_path, peer.port), "evidence-http-status")
        self.assertLess(time.monotonic() - start, 15)
        peer = self.serve([busy % 5, b"H"], pause_s=0.5)
        self.assertEqual(self.refused(self.policy_path, peer.port), "http-unsolicited")
        self.assertEqual(self.refused_by_shim(peer.port), "http-unsolicited")
        self.assertEqual(peer.application_bytes, 0)

    def test_a_trickled_answer_meets_the_total_limit(self):
        head = b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500
        peer = self.serve([bytes([c]) for c in head], pause_s=0.02)
        start = time.monotonic()
        done = self.devproof("get", f"https://{NAME}/secret", "--policy", self.policy_path,
                             *self.where(peer.port)[:2], "--timeout", "2")
        self.assertEqual((done.returncode, "http-timeout" in done.stderr), (10, True), done.stderr)
        shim = self.start([dp.built("devproof"), "connect", "--listen", "127.0.0.1:0", "--target",
                           f"{NAME}:443", "--policy", self.policy_path,
                           *self.where(peer.port)[:2], "--timeout", "2"])
        reply = dp.http_request(f"http://{shim.ready['listen']}/secret", "POST", b"secret")
        self.assertEqual((reply.status, reply.json()["error"]["code"]),
                         (504, "upstream-proof-timeout"))
        self.assertLess(time.monotonic() - start, 15)
        self.assertEqual(peer.application_bytes, 0)


if __name__ == "__main__":
    unittest.main()
