#!/usr/bin/env python3
"""Bytes both ways: streams, and requests that leave HTTP."""
import socket
import ssl
import threading
import unittest

import devproof_testing as dt
from core_flow import TOTAL, digest_of, receive, send_all
from core_support import Backend, CoreTest, make_cert


def echo(peer, _):
    peer.send(peer.rest())


class Tunnel(CoreTest):
    def test_a_stream_passes_bytes_and_half_closes_both_ways(self):
        proxy = self.proxy(Backend(self, echo).server, "--tcp", tls=False)
        for _ in range(3):
            peer = self.connect(proxy)
            peer.send(b"one")
            peer.send(b"two")
            peer.sock.shutdown(socket.SHUT_WR)
            self.assertEqual(b"onetwo", peer.rest())
        self.wait_event(proxy, "connection", reason="closed")
        event = self.wait_event(proxy, "request", route="stream")
        self.assertEqual((6, 6, ""), (event["in"], event["out"], event["reason"]))

    def test_the_server_may_speak_first_and_end_first(self):
        def script(peer, _):
            peer.send(b"220 hello\r\n")
            peer.sock.shutdown(socket.SHUT_WR)
            self.assertEqual(b"quit", peer.rest())
        proxy = self.proxy(Backend(self, script).server, "--tcp", tls=False)
        peer = self.connect(proxy)
        self.assertEqual(b"220 hello\r\n", peer.rest())
        peer.send(b"quit")
        peer.sock.shutdown(socket.SHUT_WR)
        self.wait_event(proxy, "connection", reason="closed")

    def test_a_stream_over_tls(self):
        proxy = self.proxy(Backend(self, echo).server, "--tcp")
        peer = self.connect(proxy)
        peer.send(b"x" * 100000)
        peer.half_close()
        self.assertEqual(b"x" * 100000, peer.rest())
        event = self.wait_event(proxy, "request", route="stream")
        self.assertEqual(100000, event["in"])

    def test_tls_inside_a_tunnel_is_refused(self):
        proxy = self.proxy(Backend(self, echo).server, "--tcp", tls=False)
        peer = self.connect(proxy)
        peer.send(b"\x16\x03\x01\x02\x00")
        try:
            self.assertEqual(b"", peer.rest())
        except OSError:
            pass
        self.wait_event(proxy, "request", reason="client-tls-in-tunnel")

    def test_a_request_becomes_a_tunnel_with_its_early_bytes(self):
        got = []

        def script(peer, _):
            got.append(peer.exactly(10))
            peer.rest()
        proxy = self.proxy(Backend(self, script).server)
        peer = self.connect(proxy)
        peer.send(b"GET /_tunnel HTTP/1.1\r\nHost: a\r\n\r\nearly")
        self.assert_status(peer.head(), 101)
        peer.send(b" late")
        dt.wait_for(lambda: got, "all bytes of the tunnel")
        peer.close()
        self.wait_event(proxy, "connection", reason="client-cut")
        event = self.wait_event(proxy, "request", route="tunnel", status=101)
        self.assertEqual(10, event["in"])
        self.assertEqual([b"early late"], got)

    def test_an_upstream_that_is_down_closes_a_stream_and_502s_a_request(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            server = f"127.0.0.1:{s.getsockname()[1]}"
            proxy = self.proxy(server, "--tcp", tls=False)
            try:
                self.assertEqual(b"", self.connect(proxy).rest())
            except OSError:
                pass
            self.wait_event(proxy, "request", reason="upstream-refused")
            self.assert_status(self.get(self.proxy(server), "/_tunnel")[0], 502)

    def test_an_idle_tunnel_ends(self):
        proxy = self.proxy(Backend(self, echo).server, "--tcp", tls=False)
        peer = self.connect(proxy)
        peer.send(b"x")
        self.wait_event(proxy, "request", reason="tunnel-idle")

    def test_nothing_passes_before_the_proof(self):
        cert, key = make_cert(self.folder, "upstream")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        seen = []

        def script(peer, number):
            seen.append(peer.exactly(6))
            if number == 1:
                peer.send(b"another")
                seen.append(peer.rest())
            else:
                peer.send(b"proven\n")
                peer.send(peer.exactly(6).upper())
                peer.rest()
        backend = Backend(self, script, context=context)
        proxy = self.proxy(backend.server, "--tcp", "--upstream-tls", "--proof", tls=False)
        peer = self.connect(proxy)
        peer.send(b"secret")
        try:
            self.assertEqual(b"", peer.rest())
        except OSError:
            pass
        self.wait_event(proxy, "request", reason="proof-other")
        dt.wait_for(lambda: len(seen) == 2, "the end of the first connection")
        self.assertEqual([b"prove\n", b""], seen)
        peer = self.connect(proxy)
        peer.send(b"secret")
        self.assertEqual(b"SECRET", peer.exactly(6))

    def test_a_slow_reader_loses_nothing(self):
        gate, result = threading.Event(), []

        def script(peer, _):
            result.append(receive(peer, TOTAL, gate))
        proxy = self.proxy(Backend(self, script).server, "--tcp", tls=False)
        peer = self.connect(proxy)
        sender = threading.Thread(target=send_all, args=(peer, TOTAL))
        sender.start()
        gate.set()
        sender.join(dt.DEADLINE_S)
        peer.sock.shutdown(socket.SHUT_WR)
        peer.rest()
        self.assertEqual([digest_of(TOTAL)], result)


if __name__ == "__main__":
    unittest.main()
