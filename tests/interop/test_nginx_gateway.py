#!/usr/bin/env python3
"""Random requests over TLS through nginx and through the gateway with its evidence, HTTP/1.1 and HTTP/2: what
both forward means the same, or one refuses for a reason of nginx-differences.json. Nothing that breaks a
rule known here is forwarded by the gateway, and no body arrives other than it was sent.

  test_nginx_gateway.py [--seed N] [--count N] [--streams N] [--show]
"""
import socket
import sys
import unittest

import devproof_testing as dt
import h2_frames as h2
from http2_mutants import Streams
from http_mutants import Requests
from nginx_side import Differences, Nginx, Side, exit_without_nginx, judge, numbers, own_code
from nginx_clients import LAST, Clients, StreamSide, refusal
from core_support import make_cert
from gateway_testing import GatewayTestCase
from recording_backend import RecordingBackend

OPTIONS = numbers(sys.argv, seed=3, count=600, streams=1200)
SHOW = "--show" in sys.argv


class Differential(GatewayTestCase):
    def setUp(self):
        theirs, ours = RecordingBackend(self), RecordingBackend(self)
        cert, key = make_cert(self.folder, "nginx")
        self.nginx = Nginx(self, theirs.server, "ssl http2",
                           f"ssl_protocols TLSv1.3; ssl_certificate {cert}; ssl_certificate_key {key};")
        self.addCleanup(theirs.errors.clear)
        self.gateway = self.start_gateway({"log": {"path": True}, "upstreams": {"app": {"servers": [ours.server]}}},
                                          self.start_simulator())
        self.origins = ours, theirs

    def dial(self):
        sock = dt.tcp_connect("127.0.0.1", self.gateway.port)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def compare(self, part, count, ask):
        """In: ask  a function of a case's number: the case, what came of it here and there"""
        differences, both = Differences(part, SHOW), 0
        for i in range(count):
            case, ours, theirs = ask(i)
            both += len(ours[0]) > 0 and ours[0] == theirs[0]
            kind = judge(ours, theirs)
            if kind:
                differences.add(kind, i, case, ours, theirs)
        self.assertGreater(both, count // 4, "too few requests that both forward")
        differences.check(self, self.nginx, f"{count} requests from seed {OPTIONS['seed']}: {both} forwarded "
                          "by both with one meaning")

    def test_requests_of_http1(self):
        requests, (ours, theirs) = Requests(OPTIONS["seed"]), self.origins
        ours = Side(ours, Clients(self.dial, "http/1.1"), own_code)
        theirs = Side(theirs, Clients(self.nginx.dial, "http/1.1"), self.nginx.why)

        def ask(i):
            data = requests.one(f"c{i}")
            result = ours.ask(data)
            if requests.sent is not None and result[0]:
                self.assertEqual(requests.sent, result[0][0][2], data)
            whole = result[0] and result[0][-1] == LAST
            return data, result, theirs.ask(data, end=not whole)
        self.compare("gateway", OPTIONS["count"], ask)

    def test_requests_of_http2(self):
        streams, (ours, theirs) = Streams(OPTIONS["seed"]), self.origins
        ours = StreamSide(ours, self.dial, refusal)
        theirs = StreamSide(theirs, self.nginx.dial, lambda client, answer: self.nginx.why(answer.body))
        self.addCleanup(theirs.close)
        self.addCleanup(ours.close)

        def ask(i):
            name = f"c{i}-{i * 7919 % 9973}-"  # no mutant has that of another
            stream, frames = streams.one(name)
            seen, why = ours.ask(frames, "/" + name)
            if seen and not stream.broken:
                self.assertEqual((None, stream.body()), (stream.fault(), seen[0][2]), (stream, seen))
            if why == f"RST_STREAM {h2.PROTOCOL_ERROR}":  # by the library, which tells no more
                why = stream.fault()
            return (stream, frames), (seen, why), theirs.ask(frames, "/" + name)
        self.compare("http2", OPTIONS["streams"], ask)


if __name__ == "__main__":
    exit_without_nginx()
    unittest.main(argv=sys.argv[:1])
