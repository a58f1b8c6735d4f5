"""A request takes no lock: neither over HTTP/1.1 nor HTTP/2, forwarded or answered with the binding, with
several worker loops. A session proof takes only those of OpenSSL's exporter and signature, in the library
context of its own loop. A library that is preloaded counts what the process locks."""
import os
import struct
import unittest

import devproof_testing as dt
import gateway_testing as gt
import http2_support as h2
from gateway_testing import WELL_KNOWN
from recording_backend import RecordingBackend

LIBRARY = "tests/liblock_count.so"
REQUESTS = 300
OTHERS = REQUESTS // 2  # timers and the control thread lock now and then
OF_A_PROOF = 50  # 40 with OpenSSL 3.0, of which the exporter takes 32


class Locks(gt.GatewayTestCase):
    def setUp(self):
        self.file = self.write("locks", bytes(8))
        options = os.environ.get("ASAN_OPTIONS", "")
        env = {**os.environ, "LD_PRELOAD": dt.built(LIBRARY), "DEVPROOF_LOCK_FILE": self.file,
               "ASAN_OPTIONS": f"{options}:verify_asan_link_order=0".strip(":")}
        config = {"threads": 2, "upstreams": {"app": {"servers": [RecordingBackend(self).server]}}}
        self.gateway = self.start_gateway(config, self.start_simulator(), env=env)

    def locks(self):
        with open(self.file, "rb") as f:
            return struct.unpack("=Q", f.read())[0]

    def count(self, ask):
        """How many locks so many requests take, after some that fill pools."""
        for _ in range(20):
            ask()
        before = self.locks()
        self.assertGreater(before, 0, "nothing is counted")
        for _ in range(REQUESTS):
            ask()
        return self.locks() - before

    def test_http1(self):
        client = gt.Client(self.gateway.port)
        self.addCleanup(client.close)
        for path in ("/", WELL_KNOWN + "binding"):
            self.assertLess(self.count(lambda p=path: self.assertEqual(200, client.ask(p).status)),
                            OTHERS, path)

    def test_proof(self):
        client = gt.Client(self.gateway.port)
        self.addCleanup(client.close)
        path = WELL_KNOWN + "session?nonce=" + "5a" * 32
        self.assertLess(self.count(lambda: self.assertEqual(200, client.ask(path).status)),
                        OF_A_PROOF * REQUESTS)

    def test_http2(self):
        sock = dt.tls_connect("127.0.0.1", self.gateway.port, alpn=["h2"])
        self.addCleanup(sock.close)
        client = h2.Client(sock)
        for path in ("/", WELL_KNOWN + "binding"):
            self.assertLess(self.count(lambda p=path: self.assertEqual(
                200, client.ask(h2.request(p)).status)), OTHERS, path)


if __name__ == "__main__":
    unittest.main()
