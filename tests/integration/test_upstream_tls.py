#!/usr/bin/env python3
"""TLS to upstreams: chain and name, or a pinned key. Every refusal is 502 and sends nothing."""
import hashlib
import json
import ssl
import subprocess
import unittest

import devproof_testing as dt
import gateway_testing as gt
from core_support import Backend, answer_all
from shifted_clock import long_ago
from test_http2_origin import serve


class Tls(gt.GatewayTestCase):
    def setUp(self):
        self.simulator = self.start_simulator()
        self.ca = self.make_ca("ca")

    def openssl(self, *argv, env=None):
        return subprocess.run(["openssl", *argv], check=True, capture_output=True,
                              env=env).stdout

    def make_ca(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-nodes", "-keyout", self.path(f"{name}.key"), "-out",
                     self.path(f"{name}.pem"), "-days", "30", "-subj", f"/CN={name}")
        return self.path(f"{name}.pem")

    def make_leaf(self, name, san, ca="ca", subject="app", old=False):
        """A certificate under a CA, perhaps expired; returns its paths and the hash of its key."""
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.csr"),
                     "-subj", f"/CN={subject}")
        extensions = self.write(f"{name}.ext", f"subjectAltName={san}\n" if san else
                                "keyUsage=digitalSignature\n")
        self.openssl("x509", "-req", "-in", self.path(f"{name}.csr"), "-CA",
                     self.path(f"{ca}.pem"), "-CAkey", self.path(f"{ca}.key"), "-CAcreateserial",
                     "-days", "30", "-extfile", extensions, "-out", self.path(f"{name}.pem"),
                     env=long_ago(self) if old else None)
        der = self.openssl("x509", "-in", self.path(f"{name}.pem"), "-noout", "-pubkey")
        spki = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=der,
                              check=True, capture_output=True).stdout
        return self.path(f"{name}.pem"), self.path(f"{name}.key"), hashlib.sha256(spki).hexdigest()

    def serve(self, cert, key, version=None, script=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self.names = []
        context.sni_callback = lambda sock, name, ctx: self.names.append(name)
        if version:
            context.minimum_version = context.maximum_version = version
        return Backend(self, script, context=context)

    def trust(self, **more):
        with open(self.ca, "rb") as f:
            digest = hashlib.sha256(f.read()).hexdigest()
        return {"name": "app.test", "ca_file": self.ca, "ca_sha256": digest, **more}

    def start_tls(self, backend, tls, **more):
        return self.start_gateway({"upstreams": {"app": {"servers": [backend.server],
                                                         "tls": tls, **more}}}, self.simulator)

    def assert_reached(self, backend, tls, **more):
        reply = self.ask(self.start_tls(backend, tls, **more), "/")
        self.assertEqual((200, b"ok"), (reply.status, reply.body))

    def assert_refused(self, backend, tls, code="upstream-certificate"):
        reply = self.ask(self.start_tls(backend, tls), "/", "POST", b"secret")
        self.assert_error(reply, 502, code)
        error = {"upstream-certificate": "tls_certificate_error",
                 "transport-client-certificate": "tls_alert_received"}.get(
                     code, "tls_protocol_error")
        self.assertEqual(f'devproof-gateway; error={error}; details="{code}"',
                         reply.headers["Proxy-Status"])
        self.assertEqual([], backend.heads)

    def test_chain_and_name_hold(self):
        for san, name in (("DNS:app.test", "app.test"), ("DNS:*.app.test", "a.app.test"),
                          ("IP:127.0.0.1", "127.0.0.1"), ("IP:::1", "::1")):
            backend = self.serve(*self.make_leaf("leaf", san)[:2])
            self.assert_reached(backend, self.trust(name=name))
            self.assertEqual([name if san.startswith("DNS") else None], self.names)

    def test_other_names_are_refused(self):
        for san, name in (("DNS:other.test", "app.test"), (None, "app.test"),
                          ("DNS:a*.test", "app.test"), ("DNS:*.test", "a.app.test"),
                          ("DNS:127.0.0.1", "127.0.0.1"), ("IP:127.0.0.2", "127.0.0.1")):
            backend = self.serve(*self.make_leaf("leaf", san, subject=name)[:2])
            self.assert_refused(backend, self.trust(name=name))

    def test_other_chains_are_refused(self):
        self.make_ca("evil")
        self.assert_refused(self.serve(*self.make_leaf("leaf", "DNS:app.test", "evil")[:2]),
                            self.trust())
        self.assert_refused(self.serve(*self.make_leaf("old", "DNS:app.test", old=True)[:2]),
                            self.trust())

    def test_a_pinned_key_is_enough_and_another_is_refused(self):
        self.make_ca("evil")
        cert, key, pin = self.make_leaf("leaf", "DNS:whatever.test", "evil", old=True)
        self.assert_reached(self.serve(cert, key), {"pin_spki_sha256": ["00" * 32, pin]})
        self.assert_refused(self.serve(cert, key), {"pin_spki_sha256": ["00" * 32]})

    def test_pin_and_chain_must_both_hold(self):
        cert, key, pin = self.make_leaf("leaf", "DNS:app.test")
        self.assert_reached(self.serve(cert, key), self.trust(pin_spki_sha256=[pin]))
        self.assert_refused(self.serve(cert, key), self.trust(pin_spki_sha256=["00" * 32]))
        other, other_key, other_pin = self.make_leaf("leaf", "DNS:other.test")
        self.assert_refused(self.serve(other, other_key), self.trust(pin_spki_sha256=[other_pin]))

    def test_tls_1_2_is_spoken_and_nothing_older(self):
        cert, key, _ = self.make_leaf("leaf", "DNS:app.test")
        self.assert_reached(self.serve(cert, key, ssl.TLSVersion.TLSv1_2), self.trust())
        old = self.serve(cert, key, ssl.TLSVersion.TLSv1_1)
        old.context.set_ciphers("ALL:@SECLEVEL=0")
        self.assert_refused(old, self.trust(), "upstream-tls")

    def test_the_protocol_that_is_spoken_is_offered(self):
        cert, key, _ = self.make_leaf("leaf", "DNS:app.test")
        chosen = []

        def script(peer, number):
            chosen.append(peer.sock.selected_alpn_protocol())
            (serve if chosen[-1] == "h2" else answer_all)(peer, number)
        for protocol in ("h2", "http/1.1"):
            backend = self.serve(cert, key, script=script)
            backend.context.set_alpn_protocols(["http/1.1", "h2"])
            self.assert_reached(backend, self.trust(), protocol=protocol)
        self.assertEqual(["h2", "http/1.1"], chosen)
        backend = self.serve(cert, key)
        reply = self.ask(self.start_tls(backend, self.trust(), protocol="h2"), "/")
        self.assert_error(reply, 502, "transport-alpn")
        self.assertEqual([], backend.heads)

    def test_a_server_that_wants_a_certificate_of_ours(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            backend = self.serve(*self.make_leaf("leaf", "DNS:app.test")[:2], version)
            backend.context.load_verify_locations(self.ca)
            backend.context.verify_mode = ssl.CERT_REQUIRED
            if version == ssl.TLSVersion.TLSv1_2:  # which has no alert for it
                self.assert_refused(backend, self.trust(), "upstream-tls")
            else:
                self.assert_refused(backend, self.trust(), "transport-client-certificate")

    def test_a_plain_server_is_refused(self):
        def plain(peer, _):
            peer.fill()
            peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        self.assert_refused(Backend(self, plain), self.trust(), "upstream-tls")

    def test_the_file_is_the_one_that_was_named(self):
        def run(**more):
            config = {"insecure_agent_endpoint": self.simulator.socket,
                      "admin": {"address": "127.0.0.1:0"},
                      "upstreams": {"app": {"servers": ["127.0.0.1:1"],
                                            "tls": self.trust(**more)}}}
            done = self.run_program([dt.built("devproof-gateway"), "--config-json",
                                     json.dumps(config)])
            self.assertNotEqual(0, done.returncode)
            return done.stderr
        self.assertIn("not ca_sha256", run(ca_sha256="00" * 32))
        self.assertIn("cannot read", run(ca_file=self.path("none.pem")))
        with open(self.ca, "ab") as f:
            f.write(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        self.assertIn("is no PEM file", run())

    def test_clients_see_what_is_trusted(self):
        cert, key, pin = self.make_leaf("leaf", "DNS:app.test")
        tls = self.trust(pin_spki_sha256=[pin])
        gateway = self.start_tls(self.serve(cert, key), tls)
        reply = self.ask(gateway, gt.WELL_KNOWN + "config")
        self.assertEqual(tls, reply.json()["upstreams"]["app"]["tls"])


if __name__ == "__main__":
    unittest.main()
