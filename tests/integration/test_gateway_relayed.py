#!/usr/bin/env python3
"""The gateway behind relays that tell their client's address, and telling it on to upstreams."""
import ipaddress
import json
import ssl
import struct
import unittest

import devproof_testing as dt
import gateway_testing as gt
from core_support import Backend, Peer

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
CLIENT, SERVER = "203.0.113.9", "198.51.100.1"
REQUEST = b"GET /echo HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\n\r\n"


def v1(client=CLIENT, server=SERVER):
    family = "TCP6" if ":" in client else "TCP4"
    return f"PROXY {family} {client} {server} 4711 443\r\n".encode()


def v2(client=CLIENT, server=SERVER, tlvs=b""):
    a, b = (ipaddress.ip_address(x).packed for x in (client, server))
    body = a + b + struct.pack(">HH", 4711, 443) + tlvs
    return SIGNATURE + bytes([0x21, 0x11 if len(a) == 4 else 0x21]) + struct.pack(
        ">H", len(body)) + body


class Relayed(gt.GatewayTestCase):
    def start_relayed(self, relays=("127.0.0.0/8",), **config):
        return self.start_all(gt.merge({
            "listeners": [{"address": "127.0.0.1:0", "proxy_protocol": {"from": list(relays)}}],
            "log": {"client_address": True}}, config))

    def dial(self, gateway, header, pieces=1):
        raw = dt.tcp_connect("127.0.0.1", gateway.port)
        self.addCleanup(raw.close)
        for i in range(pieces):
            raw.sendall(header[len(header) * i // pieces:len(header) * (i + 1) // pieces])
        return raw

    def seen(self, gateway, header, pieces=1):
        """The X-Forwarded-For that the app sees behind a header."""
        tls = dt.insecure_context().wrap_socket(self.dial(gateway, header, pieces))
        peer = Peer(tls)
        peer.send(REQUEST)
        head = peer.head()
        self.assertIn(b" 200 ", head.split(b"\r\n")[0])
        fields = [v for k, v in json.loads(peer.body(head))["headers"]
                  if k.lower() == "x-forwarded-for"]
        tls.close()
        return fields

    def logged(self, gateway, address):
        return dt.wait_for(lambda: any(json.loads(line).get("client_address") == address
                                       for line in gateway.output().split("\n")[:-1]), address)

    def test_the_told_address_is_the_clients_in_both_versions(self):
        gateway = self.start_relayed()
        for header, address in ((v1(), CLIENT), (v2(), CLIENT), (v2("fd00::9", "fd00::1"), "fd00::9"),
                                (v1("fd00::7", "fd00::1"), "fd00::7"),
                                (v2("203.0.113.77", tlvs=b"\x01\x00\x02h2\x20\x00\x00"),
                                 "203.0.113.77")):
            for pieces in (1, 2, len(header)):
                self.assertEqual([address], self.seen(gateway, header, pieces))
            self.logged(gateway, address)

    def test_a_relays_own_connections_count_as_its_own(self):
        gateway = self.start_relayed()
        for header in (b"PROXY UNKNOWN\r\n", SIGNATURE + b"\x20\x00\x00\x00",
                       SIGNATURE + b"\x21\x00\x00\x00"):
            self.assertEqual(["127.0.0.1"], self.seen(gateway, header))

    def test_a_listed_peer_without_a_header_is_refused(self):
        gateway = self.start_relayed()
        with self.assertRaises((ssl.SSLError, OSError)):
            dt.tls_connect("127.0.0.1", gateway.port)
        for junk in (REQUEST, b"PROXY TCP4 1.2.3.4\r\n", v2()[:12] + b"\x31" + v2()[13:]):
            self.assertEqual(b"", dt.receive_all(self.dial(gateway, junk)))
        dt.wait_for(lambda: sum("reason=proxy-protocol" in line for line in
                                self.log_events(gateway, "connection-end")) >= 4, "the reason")

    def test_an_unlisted_peer_cannot_claim_another_address(self):
        gateway = self.start_relayed(relays=("192.0.2.0/24", "10.0.0.0/8"))
        for header in (v1(), v2()):
            with self.assertRaises((ssl.SSLError, OSError)):
                dt.insecure_context().wrap_socket(self.dial(gateway, header))
        reply = self.ask(gateway, "/echo", headers={"X-Forwarded-For": CLIENT})
        self.assertEqual(["127.0.0.1"], [v for k, v in reply.json()["headers"]
                                         if k.lower() == "x-forwarded-for"])

    def test_a_header_that_does_not_come_ends_the_wait(self):
        gateway = self.start_relayed(timeouts={"handshake_ms": 200})
        raw = self.dial(gateway, v1()[:20])
        self.assertEqual(b"", dt.receive_all(raw))
        dt.wait_for(lambda: any("reason=handshake-timeout" in line for line in
                                self.log_events(gateway, "connection-end")), "the reason")


class Telling(gt.GatewayTestCase):
    def start_telling(self, version, mode, relays=()):
        def script(peer, _):
            header = b""
            while True:
                header += peer.exactly(1)
                if header.endswith(b"\r\n") and header.startswith(b"PROXY") or (
                        len(header) >= 16 and len(header) == 16 + header[15]):
                    break
            self.headers.append(header)
            if mode == "tcp":
                peer.send(peer.rest())
                return
            while (head := peer.head()) is not None:
                del head
                peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        self.headers = []
        self.backend = Backend(self, script)
        return self.start_gateway({
            "listeners": [{"address": "127.0.0.1:0", "mode": mode,
                           "proxy_protocol": {"from": list(relays)}}],
            "upstreams": {"app": {"servers": [self.backend.server], "proxy_protocol": version}}},
            self.start_simulator())

    def test_each_connection_tells_its_client_and_none_is_shared(self):
        gateway = self.start_telling("v1", "http")
        clients = [gt.Client(gateway.port) for _ in range(2)]
        for client in clients + clients:
            self.assertEqual(200, client.ask("/").status)
        self.assertEqual(4, self.backend.count)
        ports = [c.sock.getsockname()[1] for c in clients]
        self.assertEqual([f"PROXY TCP4 127.0.0.1 127.0.0.1 {p} {gateway.port}\r\n".encode()
                          for p in ports + ports], self.headers)
        for client in clients:
            client.close()

    def test_what_a_relay_told_is_told_on(self):
        gateway = self.start_telling("v2", "tcp", ["127.0.0.1"])
        raw = dt.tcp_connect("127.0.0.1", gateway.port)
        raw.sendall(v1())
        peer = Peer(dt.insecure_context().wrap_socket(raw))
        self.addCleanup(peer.close)
        peer.send(b"bytes")
        peer.half_close()
        self.assertEqual(b"bytes", peer.rest())
        self.assertEqual([v2()], self.headers)


if __name__ == "__main__":
    unittest.main()
