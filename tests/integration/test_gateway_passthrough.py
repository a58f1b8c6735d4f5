#!/usr/bin/env python3
"""Names whose TLS does not end at the gateway: the client's bytes go on unread."""
import base64
import json
import os
import signal
import socket
import ssl
import struct
import unittest

import devproof_testing as dt
import gateway_testing as gt
from core_support import OK, Backend, Peer, make_cert

FIXTURES = os.path.join(dt.source_dir(), "tests", "fixtures", "client-hello")
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def records(data, size):
    """The same message in records of at most so many bytes."""
    body = data[5:]
    return b"".join(data[:3] + struct.pack(">H", len(body[at:at + size])) + body[at:at + size]
                    for at in range(0, len(body), size))


class Passthrough(gt.GatewayTestCase):
    def setUp(self):
        cert, key = make_cert(self.path(""), "far")
        self.far = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.far.load_cert_chain(cert, key)
        with open(cert, encoding="ascii") as f:
            self.far_leaf = ssl.PEM_cert_to_DER_cert(f.read())

    def start_passing(self, script=None, context=True, **config):
        self.backend = Backend(self, script or (lambda p, _: p.send(p.rest())),
                               context=self.far if context else None)
        self.web = self.start_sample_app()
        base = {"upstreams": {"web": {"servers": [f"127.0.0.1:{self.web.port}"]},
                              "far": {"servers": [self.backend.server]}},
                "routes": [{"upstream": "web"},
                           {"mode": "passthrough", "host": "db.test", "upstream": "far"}]}
        return self.start_gateway(gt.merge(base, config), self.start_simulator())

    def dial(self, gateway, name="db.test", alpn=(), listener=0):
        peer = Peer(dt.tls_connect("127.0.0.1", gateway.ports[listener], name,
                                   context=dt.insecure_context(list(alpn))))
        self.addCleanup(peer.close)
        return peer

    def bare(self, gateway, data=b"", listener=0):
        peer = Peer(dt.tcp_connect("127.0.0.1", gateway.ports[listener]))
        self.addCleanup(peer.close)
        peer.send(data)
        return peer

    def wait_line(self, gateway, **members):
        def look():
            lines = (json.loads(line) for line in gateway.output().split("\n")[:-1])
            return next((e for e in lines if all(e.get(k) == v for k, v in members.items())), None)
        return dt.wait_for(look, f"{members}")

    def wait_end(self, gateway, reason):
        return dt.wait_for(lambda: any(f"reason={reason}" in e for e in self.log_events(
            gateway, "connection-end")), reason)

    def test_the_name_alone_decides_where_tls_ends(self):
        data = os.urandom(60000)  # fits into what lies between, so that one thread is enough
        gateway = self.start_passing(lambda p, _: p.send(p.exactly(len(data))))
        for name in ("db.test", "DB.Test"):
            peer = self.dial(gateway, name)
            self.assertEqual(self.far_leaf, peer.sock.getpeercert(True))
            peer.send(data)
            self.assertEqual(data, peer.exactly(len(data)))
            peer.close()
        self.wait_line(gateway, protocol="tls", route="db.test/", status=0)
        for name in ("a.test", None):
            self.assertEqual(200, self.ask(gateway, "/", server_name=name,
                                           headers={"Host": name or "a.test"}).status)
        self.assertEqual(2, self.backend.count)

    def test_statement_and_certificate_leave_such_names_out(self):
        gateway = self.start_passing(listeners=[
            {"address": "127.0.0.1:0", "names": ["a.test", "db.test"]}])
        binding = self.ask(gateway, gt.WELL_KNOWN + "binding", server_name="a.test").json()
        statement = json.loads(base64.b64decode(binding["statement"]))
        self.assertEqual({"a.test"}, {k["name"] for k in statement["tls_keys"]})
        leaf = self.leaf(gateway, "a.test")
        self.assertIn(b"a.test", leaf)
        self.assertNotIn(b"db.test", leaf)
        self.assertEqual(self.far_leaf, self.dial(gateway).sock.getpeercert(True))

    def test_a_host_that_is_passed_through_is_not_served_here(self):
        gateway = self.start_passing()
        for name in (None, "a.test"):
            reply = self.ask(gateway, "/", server_name=name, headers={"Host": "db.test"})
            self.assert_error(reply, 421, "misdirected")

    def test_a_hello_in_small_records_or_pieces_goes_on_as_it_came(self):
        seen = []

        def script(peer, _):
            seen.append(peer.rest())
        gateway = self.start_passing(script, context=False)
        whole = dt.client_hello("Db.TEST", ["h2"])
        for data in (whole, records(whole, 7), records(whole, 1), whole + b"early"):
            peer = self.bare(gateway)
            for at in range(0, len(data), 50):
                peer.send(data[at:at + 50])
            peer.half_close()
            self.assertEqual(b"", peer.rest())
            self.assertEqual(data, seen.pop())

    def test_real_hellos_of_post_quantum_size_are_passed_on(self):
        seen = []

        def script(peer, _):
            seen.append(peer.rest())
        gateway = self.start_passing(script, context=False, routes=[
            {"upstream": "web"},
            {"mode": "passthrough", "host": "a.example.test", "upstream": "far"}])
        with open(os.path.join(FIXTURES, "chromium.bin"), "rb") as f:
            data = f.read()
        self.assertGreater(len(data), 1700)
        for form in (data, records(data, 512)):
            peer = self.bare(gateway)
            for at in range(0, len(form), 700):
                peer.send(form[at:at + 700])
            peer.half_close()
            self.assertEqual(b"", peer.rest())
            self.assertEqual(form, seen.pop())

    def test_a_challenge_of_acme_is_never_passed_on(self):
        gateway = self.start_passing()
        for alpn in (["acme-tls/1"], ["h2", "acme-tls/1"], ["acme-tls/1", "http/1.1"]):
            with self.assertRaises(ssl.SSLError, msg=alpn) as e:
                self.dial(gateway, alpn=alpn)
            self.assertIn("unrecognized name", str(e.exception).lower())
        self.assertEqual(0, self.backend.count)

    def test_what_is_no_good_hello_is_closed_with_an_alert(self):
        gateway = self.start_passing()
        good = dt.client_hello("db.test")
        decode_error, unrecognized = (bytes([21, 3, 3, 0, 2, 2, code]) for code in (50, 112))
        for data, alert, reason in ((b"GET / HTTP/1.1\r\n\r\n", decode_error, "client-hello"),
                                    (b"\x80\x2e\x01\x03\x01", decode_error, "client-hello"),
                                    (good.replace(b"db.test", b"db_test"), unrecognized,
                                     "server-name"),
                                    (good.replace(b"db.test", b"db..est"), unrecognized,
                                     "server-name"),
                                    (b"\x16\x03\x01\x00\x04\x01\xff\xff\xff", decode_error,
                                     "client-hello-size")):
            peer = self.bare(gateway, data)
            self.assertEqual(alert, peer.rest(), data)
            peer.close()
            self.wait_end(gateway, reason)
        self.assertEqual(0, self.backend.count)

    def test_an_unknown_name_is_refused_with_unrecognized_name(self):
        gateway = self.start_passing(listeners=[
            {"address": "127.0.0.1:0", "names": ["a.test", "db.test"]},
            {"address": "127.0.0.1:0", "names": ["b.test"]}])
        for name, listener in (("x.test", 0), (None, 0), ("db.test", 1)):
            with self.assertRaises(ssl.SSLError, msg=name) as e:
                self.dial(gateway, name, listener=listener)
            self.assertIn("unrecognized name", str(e.exception).lower())
        self.wait_end(gateway, "tls-handshake")
        self.assertEqual(0, self.backend.count)

    def test_a_hello_that_does_not_come_is_not_waited_for(self):
        gateway = self.start_passing(timeouts={"handshake_ms": 300})
        for data in (b"", dt.client_hello("db.test")[:100]):
            self.assertEqual(b"", self.bare(gateway, data).rest())
        self.wait_end(gateway, "handshake-timeout")
        peer = self.bare(gateway, dt.client_hello("db.test")[:100])
        peer.half_close()
        self.assertEqual(b"", peer.rest())
        self.wait_end(gateway, "handshake-eof")

    def test_a_hello_that_is_complete_after_the_stop_goes_nowhere(self):
        gateway = self.start_passing(threads=1)
        data = dt.client_hello("db.test")
        peer = self.bare(gateway, data[:100])
        gateway.process.send_signal(signal.SIGTERM)

        def is_closed():
            try:
                dt.tcp_connect("127.0.0.1", gateway.port).close()
            except ConnectionRefusedError:
                return True
            return False
        dt.wait_for(is_closed, "the listener to close")
        peer.send(data[100:])
        self.assertEqual(b"", peer.rest())
        self.assertEqual(0, gateway.wait_exit())
        self.assertEqual(0, self.backend.count)

    def test_the_upstream_hears_who_the_client_is(self):
        heads = []

        def script(peer, _):
            heads.append(peer.exactly(28))
            with self.far.wrap_socket(peer.sock, server_side=True) as tls:
                tls.sendall(b"the far side")
                Peer(tls).half_close()
                tls.recv(1)
        gateway = self.start_passing(script, context=False, upstreams={
            "far": {"proxy_protocol": "v2"}})
        peer = self.dial(gateway)
        self.assertEqual(b"the far side", peer.rest())
        peer.close()
        self.assertEqual(SIGNATURE + b"\x21\x11\x00\x0c", heads[0][:16])
        self.assertEqual(socket.inet_aton("127.0.0.1"), heads[0][16:20])

    def test_behind_a_relay_that_tells_addresses(self):
        gateway = self.start_passing(listeners=[
            {"address": "127.0.0.1:0", "proxy_protocol": {"from": ["127.0.0.1"]}}],
            log={"client_address": True})
        raw = dt.tcp_connect("127.0.0.1", gateway.port)
        raw.sendall(b"PROXY TCP4 203.0.113.9 198.51.100.1 4711 443\r\n")
        peer = Peer(dt.insecure_context().wrap_socket(raw, server_hostname="db.test"))
        self.assertEqual(self.far_leaf, peer.sock.getpeercert(True))
        peer.close()
        self.wait_line(gateway, protocol="tls", client_address="203.0.113.9")

    def test_curl_and_openssl_reach_the_far_side(self):
        gateway = self.start_passing(lambda peer, _: (peer.head(), peer.send(OK)))
        where = f"db.test:{gateway.port}"
        got = self.run_program(["curl", "-sSk", "--resolve", f"{where}:127.0.0.1",
                                f"https://{where}/"])
        self.assertEqual((0, "ok"), (got.returncode, got.stdout))
        # A hello of more than 512 bytes, in records of that size.
        names = ",".join(f"{'x' * 200}{i}" for i in range(4))
        got = self.run_program(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", "-servername",
             "db.test", "-alpn", names, "-max_send_frag", "512", "-quiet"],
            stdin="GET / HTTP/1.1\r\n\r\n")
        self.assertIn("200 OK", got.stdout)
        self.assertEqual(2, self.backend.count)


if __name__ == "__main__":
    unittest.main()
