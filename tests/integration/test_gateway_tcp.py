#!/usr/bin/env python3
"""TCP listeners of the gateway: TLS ends there, the bytes go to the upstream of the server name."""
import hashlib
import json
import os
import signal
import ssl
import threading
import unittest

import devproof_testing as dt
import gateway_testing as gt
from core_support import Backend, Peer
from gateway_testing import WELL_KNOWN

ALPN = "devproof-tcp/1"
TUNNEL = (f"GET {WELL_KNOWN}tunnel HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\n"
          "Upgrade: devproof-tcp\r\n\r\n").encode()


def echo(peer, _):
    while True:
        data = peer.sock.recv(65536)
        if not data:
            return
        peer.send(data)


class Tcp(gt.GatewayTestCase):
    def start_tcp(self, script=echo, **config):
        self.simulator = self.start_simulator()
        self.backend = Backend(self, script)
        base = {"listeners": [{"address": "127.0.0.1:0", "mode": "tcp"}],
                "upstreams": {"app": {"servers": [self.backend.server]}}}
        return self.start_gateway(gt.merge(base, config), self.simulator)

    def dial(self, gateway, alpn=(), name="a.test", listener=0, context=None):
        context = context or dt.insecure_context(list(alpn))
        peer = Peer(dt.tls_connect("127.0.0.1", gateway.ports[listener], name, context=context))
        self.addCleanup(peer.close)
        return peer

    def lines(self, gateway):
        return [json.loads(line) for line in gateway.output().split("\n")[:-1]]

    def wait_line(self, gateway, **members):
        """Wait for a line of the access log, which is written within a second."""
        return dt.wait_for(lambda: next((e for e in self.lines(gateway) if all(
            e.get(k) == v for k, v in members.items())), None), f"{members}")

    def assert_closed(self, gateway, **where):
        """A stream ends without a byte: perhaps before the client is through its handshake."""
        try:
            self.assertEqual(b"", dt.receive_all(self.dial(gateway, **where).sock))
        except (ConnectionResetError, ssl.SSLError):
            pass

    def answer(self, peer, request):
        peer.send(request)
        head = peer.head()
        return int(head.split(b" ")[1]), peer.body(head), head

    def test_without_alpn_bytes_flow_at_once_and_half_close_passes(self):
        def script(peer, _):
            peer.send(b"220 hello\r\n")
            peer.send(peer.rest().upper())
        gateway = self.start_tcp(script)
        for name in ("a.test", None):
            peer = self.dial(gateway, name=name)
            self.assertIsNone(peer.sock.selected_alpn_protocol())
            self.assertEqual(b"220 hello", peer.line())
            peer.send(b"quit")
            peer.half_close()
            self.assertEqual(b"QUIT", peer.rest())
        event = self.wait_line(gateway, protocol="tcp")
        self.assertEqual(("*/", 4, 15), (event["route"], event["bytes_in"], event["bytes_out"]))

    def test_any_other_alpn_is_refused_in_the_handshake(self):
        gateway = self.start_tcp()
        for names in (["http/1.1"], [ALPN, "http/1.1"], ["http/1.1", ALPN], ["devproof-tcp/2"],
                      [ALPN, ALPN]):
            with self.assertRaises(ssl.SSLError, msg=names) as e:
                self.dial(gateway, names)
            self.assertIn("no application protocol", str(e.exception).lower())
        self.assertEqual(0, self.backend.count)

    def test_with_alpn_there_is_evidence_and_nothing_else_until_the_tunnel(self):
        gateway = self.start_tcp()
        peer = self.dial(gateway, [ALPN])
        self.assertEqual(ALPN, peer.sock.selected_alpn_protocol())
        for path, status in ((WELL_KNOWN + "binding", 200), ("/", 404), (WELL_KNOWN + "x", 404),
                             (WELL_KNOWN + f"session?nonce={'ab' * 32}", 200), ("/echo?a", 404)):
            request = f"GET {path} HTTP/1.1\r\nHost: a.test\r\n\r\n".encode()
            got, body, _ = self.answer(peer, request)
            self.assertEqual(status, got, path)
            if status == 404:
                self.assertEqual("not-found", json.loads(body)["error"]["code"])
        self.assertEqual(0, self.backend.count, "the upstream was connected before the tunnel")
        status, _, head = self.answer(peer, TUNNEL)
        self.assertEqual(101, status)
        self.assertIn(b"\r\nConnection: Upgrade\r\nUpgrade: devproof-tcp\r\n", head)
        peer.send(b"GET / HTTP/1.1\r\n\r\n")
        self.assertEqual(b"GET / HTTP/1.1\r\n\r\n", peer.exactly(18))
        self.assertEqual(1, self.backend.count)
        peer.half_close()
        self.assertEqual(b"", peer.rest())
        self.wait_line(gateway, protocol=ALPN, status=101, bytes_in=18, bytes_out=18)

    def test_a_tunnel_request_of_another_form_is_a_bad_query(self):
        gateway = self.start_tcp()
        good = TUNNEL.decode()
        for old, new in (("GET", "POST"), ("GET", "HEAD"), ("GET", "OPTIONS"), ("GET", "DELETE"),
                         ("tunnel HTTP", "tunnel?a=b HTTP"), ("Connection: Upgrade\r\n", ""),
                         ("Connection: Upgrade", "Connection: close"),
                         ("Upgrade: devproof-tcp\r\n", ""),
                         ("Upgrade: devproof-tcp", "Upgrade: websocket"),
                         ("Upgrade: devproof-tcp", "Upgrade: devproof-tcp, websocket"),
                         ("\r\n\r\n", "\r\nContent-Length: 1\r\n\r\nx")):
            bad = good.replace(old, new)
            self.assertNotEqual(good, bad)
            peer = self.dial(gateway, [ALPN])
            peer.send(bad.encode())
            head = peer.head()
            self.assertIn(b" 400 ", head.split(b"\r\n")[0], bad)
            if not bad.startswith("HEAD"):
                self.assertEqual("bad-query", json.loads(peer.body(head))["error"]["code"])
        self.assertEqual(0, self.backend.count)

    def test_a_resumed_connection_gets_no_tunnel(self):
        gateway = self.start_tcp()
        context = dt.insecure_context([ALPN])
        peer = self.dial(gateway, context=context)
        self.answer(peer, f"GET {WELL_KNOWN}config HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        raw = dt.tcp_connect("127.0.0.1", gateway.port)
        self.addCleanup(raw.close)
        again = Peer(context.wrap_socket(raw, server_hostname="a.test", session=peer.sock.session))
        self.assertTrue(again.sock.session_reused)
        status, body, _ = self.answer(again, TUNNEL)
        self.assertEqual((409, "session-resumed"), (status, json.loads(body)["error"]["code"]))
        self.assertEqual(0, self.backend.count)

    def test_http_listeners_have_no_tunnel(self):
        gateway = self.start_all()
        reply = self.ask(gateway, WELL_KNOWN + "tunnel", headers={
            "Connection": "Upgrade", "Upgrade": "devproof-tcp"})
        self.assert_error(reply, 404, "not-found")

    def test_an_absent_upstream_is_502_instead_of_101_and_closes_a_bare_stream(self):
        gateway = self.start_tcp(upstreams={"app": {"servers": [f"127.0.0.1:{self.closed_port()}"]}})
        status, body, _ = self.answer(self.dial(gateway, [ALPN]), TUNNEL)
        self.assertEqual((502, "upstream-unavailable"),
                         (status, json.loads(body)["error"]["code"]))
        self.assert_closed(gateway)
        self.wait_line(gateway, protocol="tcp", reason="upstream-refused")

    def test_the_server_name_alone_decides_where_bytes_go(self):
        def script(name):
            return lambda peer, _: peer.send(name)
        one, two = Backend(self, script(b"one")), Backend(self, script(b"two"))
        web = self.start_sample_app()
        gateway = self.start_gateway({
            "listeners": [{"address": "127.0.0.1:0", "mode": "tcp", "names": ["a.test", "b.test"]},
                          {"address": "127.0.0.1:0", "names": ["a.test", "c.test"]}],
            "upstreams": {"app": {"servers": [f"127.0.0.1:{web.port}"]},
                          "one": {"servers": [one.server]}, "two": {"servers": [two.server]}},
            "routes": [{"upstream": "app"}, {"mode": "tcp", "host": "a.test", "upstream": "one"},
                       {"mode": "tcp", "upstream": "two"}]}, self.start_simulator())
        for name, data in (("a.test", b"one"), ("A.TEST", b"one"), ("b.test", b"two")):
            self.assertEqual(data, self.dial(gateway, name=name).rest())
        self.assert_closed(gateway, name="c.test")
        self.wait_line(gateway, protocol="tcp", reason="misdirected")
        self.assertEqual(200, self.ask(gateway, "/", headers={"Host": "a.test"},
                                       server_name="a.test", listener=1).status)

    def test_an_idle_stream_ends(self):
        gateway = self.start_tcp(timeouts={"tunnel_ms": 200})
        peer = self.dial(gateway)
        peer.send(b"x")
        self.wait_line(gateway, protocol="tcp", reason="tunnel-idle")

    def test_a_slow_reader_loses_nothing_and_streams_end_with_the_drain(self):
        data = os.urandom(1 << 20) * 6
        gate = threading.Event()

        def script(peer, number):
            if number == 2:
                peer.rest()
                return
            gate.wait(dt.DEADLINE_S)
            peer.send(hashlib.sha256(peer.rest()).hexdigest().encode())
        gateway = self.start_tcp(script, timeouts={"drain_ms": 300})
        peer = self.dial(gateway)
        sender = threading.Thread(target=lambda: (peer.send(data), peer.half_close(reader=True)))
        sender.start()
        gate.set()
        sender.join(dt.DEADLINE_S)
        self.assertEqual(hashlib.sha256(data).hexdigest().encode(), peer.rest())
        other = self.dial(gateway)
        other.send(b"held open")
        dt.wait_for(lambda: self.backend.count == 2, "the second stream")
        gateway.process.send_signal(signal.SIGTERM)
        self.assertEqual(0, gateway.wait_exit())
        self.assertEqual("drain-timeout", self.lines(gateway)[-1]["reason"])


if __name__ == "__main__":
    unittest.main()
