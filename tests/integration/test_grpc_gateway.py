#!/usr/bin/env python3
"""gRPC through the whole gateway, with TLS on both hops, and evidence beside it."""
import concurrent.futures
import hashlib
import json
import os
import ssl
import threading
import unittest

import devproof_testing as dt
import gateway_testing as gt
from core_support import make_cert
from http2_support import Client, request
from test_grpc import Service, assert_deadline_reaches, grpc


class Whole(gt.GatewayTestCase):
    def setUp(self):
        simulator = self.start_simulator()
        cert, key = make_cert(self.folder, "app")
        with open(cert, "rb") as c, open(key, "rb") as k:
            cert_pem, key_pem = c.read(), k.read()
        self.service = Service()
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
        server.add_generic_rpc_handlers([self.service])
        port = server.add_secure_port("127.0.0.1:0",
                                      grpc.ssl_server_credentials([(key_pem, cert_pem)]))
        server.start()
        self.addCleanup(lambda: server.stop(0).wait())
        tls = {"name": "localhost", "ca_file": cert,
               "ca_sha256": hashlib.sha256(cert_pem).hexdigest()}
        self.gateway = self.start_gateway({"upstreams": {"app": {
            "servers": [f"127.0.0.1:{port}"], "protocol": "h2", "tls": tls}}}, simulator)
        self.channel = self.dial()

    def dial(self):
        """A channel that trusts the gateway's own certificate."""
        leaf = ssl.DER_cert_to_PEM_cert(self.leaf(self.gateway, "localhost"))
        channel = grpc.secure_channel(f"127.0.0.1:{self.gateway.port}",
                                      grpc.ssl_channel_credentials(leaf.encode()),
                                      [("grpc.ssl_target_name_override", "localhost"),
                                       ("grpc.default_authority", "localhost"),
                                       ("grpc.enable_http_proxy", 0)])
        self.addCleanup(channel.close)
        return channel

    def test_every_kind_of_call(self):
        answer, call = self.channel.unary_unary("/t/Unary").with_call(b"hello", timeout=dt.DEADLINE_S)
        self.assertEqual((b"hello", "2"), (answer, dict(call.trailing_metadata())["last"]))
        down = self.channel.unary_stream("/t/Down")(b"300", timeout=dt.DEADLINE_S)
        self.assertEqual([bytes([i % 256]) * 1000 for i in range(300)], list(down))
        up = self.channel.stream_unary("/t/Up")((b"y" * 5000 for _ in range(200)), timeout=dt.DEADLINE_S)
        self.assertEqual(b"1000000", up)
        both = self.channel.stream_stream("/t/Both")((b"%05d" % i for i in range(200)), timeout=dt.DEADLINE_S)
        self.assertEqual([b"%05d" % i for i in range(200)], [r[::-1] for r in both])
        with self.assertRaises(grpc.RpcError) as raised:
            self.channel.unary_unary("/t/Fail")(b"why", timeout=dt.DEADLINE_S)
        self.assertEqual((grpc.StatusCode.FAILED_PRECONDITION, "told: why"),
                         (raised.exception.code(), raised.exception.details()))

    def test_deadlines_end_calls_at_the_server(self):
        assert_deadline_reaches(self, self.channel)

    def test_evidence_comes_while_calls_are_open(self):
        stop = threading.Event()

        def talk():
            while not stop.wait(0.01):
                yield b"ping"
        answers = self.channel.stream_stream("/t/Both")(talk(), timeout=dt.DEADLINE_S)
        self.assertEqual(b"gnip", next(answers))
        sock = dt.tls_connect("127.0.0.1", self.gateway.port, "localhost", ["h2"])
        self.addCleanup(sock.close)
        client = Client(sock)
        call = client.open(request("/t/Both", "POST", ("content-type", "application/grpc"),
                                   ("te", "trailers")), False)
        client.body(call, b"\0\0\0\0\4ping", False)
        client.until(lambda: client.answer(call).body, "the first message")
        for path in ("binding", "session?nonce=" + "ab" * 32):
            answer = client.ask(request(gt.WELL_KNOWN + path))
            self.assertEqual(200, answer.status, answer)
            self.assertIsInstance(json.loads(answer.body), dict)
        client.body(call, b"\0\0\0\0\4pong")
        answer = client.finish(call)
        self.assertEqual((b"\0\0\0\0\4gnip\0\0\0\0\4gnop", "0"),
                         (answer.body, dict(answer.trailers)["grpc-status"]))
        self.assertEqual(b"gnip", next(answers))
        stop.set()


if __name__ == "__main__":
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    unittest.main()
