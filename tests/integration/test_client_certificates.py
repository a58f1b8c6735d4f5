#!/usr/bin/env python3
"""Certificates that clients show: verified in the handshake, told to the app (RFC 9440)."""
import json
import ssl
import unittest

import devproof_testing as dt
from client_ca import ClientCaTestCase
from core_support import Backend, Peer


class ClientCertificates(ClientCaTestCase):
    def test_the_app_hears_of_a_verified_client_and_of_no_other(self):
        gateway = self.start_all({"listeners": [self.auth("required"), self.auth("optional"),
                                                {"address": "127.0.0.1:0"}]})
        for listener in (0, 1):
            self.assertEqual({"client-cert": self.field("alice")},
                             self.seen(gateway, self.context("alice"), listener))
            self.assertEqual({"client-cert": self.field("bob"),
                              "client-cert-chain": self.field("middle")},
                             self.seen(gateway, self.context("bob", ["middle"]), listener))
        for listener in (1, 2):
            self.assertEqual({}, self.seen(gateway, self.context(), listener))
        self.assertEqual({}, self.seen(gateway, self.context("alice"), 2))

    def test_each_bad_client_is_refused_with_its_alert(self):
        gateway = self.start_all({"listeners": [self.auth("required"), self.auth("optional")]})
        self.certify("late", "root", old=True)
        self.certify("server", "root", usage="serverAuth")
        self.assert_refused(gateway, self.context(), "certificate required")
        for listener in (0, 1):
            for name, alert in (("mallory", "unknown ca"), ("bob", "unknown ca"),
                                ("late", "certificate expired"),
                                ("server", "unsupported certificate")):
                self.assert_refused(gateway, self.context(name), alert, listener)
        self.assertEqual(0, dt.http_request(f"{self.app.url}/stats").json()["bytes"])
        self.assertTrue(any("reason=tls-handshake" in e
                            for e in self.log_events(gateway, "connection-end")))

    def test_a_chain_that_is_too_long_or_too_large_is_refused(self):
        gateway = self.start_all({"listeners": [self.auth("required")]})
        names = ["root"]
        for i in range(6):
            self.certify(f"level{i}", names[-1], ca=True)
            names.append(f"level{i}")
        self.certify("deep", names[-1])
        self.assert_refused(gateway, self.context("deep", reversed(names[1:])), "unknown ca")
        self.assert_refused(gateway, self.context("alice", ["middle"] * 40),
                            ("illegal parameter", "bad certificate",  # OpenSSL 3.0, 3.5
                             "eof occurred", "reset"))  # what was not read takes the alert with it
        self.assertEqual({"client-cert": self.field("alice")},
                         self.seen(gateway, self.context("alice", ["middle"] * 3)))

    def test_sessions_do_not_cross(self):
        gateway = self.start_all({"listeners": [{"address": "127.0.0.1:0"},
                                                self.auth("required"), self.auth("optional")]})

        def dial(listener, session=None, context=None):
            raw = dt.tcp_connect("127.0.0.1", gateway.ports[listener])
            peer = Peer(context.wrap_socket(raw, server_hostname="a.test", session=session))
            self.addCleanup(peer.close)
            peer.send(b"GET /echo HTTP/1.1\r\nHost: a.test\r\n\r\n")
            head = peer.head()
            peer.body(head)
            return peer.sock
        context = self.context("alice")
        first = dial(0, context=context)
        self.assertTrue(dial(0, first.session, context).session_reused)
        for listener in (1, 2):
            self.assertFalse(dial(listener, first.session, context).session_reused)
            own = dial(listener, context=context)
            self.assertFalse(own.session.has_ticket)
            self.assertFalse(dial(listener, own.session, context).session_reused)

    def test_streams_and_http2_are_guarded_too(self):
        backend = Backend(self, lambda peer, _: peer.send(peer.exactly(2)))
        self.app = self.start_sample_app()
        gateway = self.start_gateway(
            {"listeners": [self.auth("required", mode="tcp"), self.auth("required")],
             "upstreams": {"db": {"servers": [backend.server]}},
             "routes": [{"upstream": "app"}, {"mode": "tcp", "upstream": "db"}]},
            self.start_simulator(), self.app)
        with self.assertRaises(ssl.SSLError):
            Peer(dt.tls_connect("127.0.0.1", gateway.port, "a", context=self.context())).rest()
        self.assertEqual(0, backend.count)
        peer = Peer(dt.tls_connect("127.0.0.1", gateway.port, "a", context=self.context("alice")))
        peer.send(b"hi")
        self.assertEqual(b"hi", peer.exactly(2))
        peer.close()
        done = self.run_program(["curl", "-sSk", "--http2", "--cert", self.path("alice.pem"),
                                 "--key", self.path("alice.key"), "-H", "Client-Cert: :eA==:",
                                 f"https://127.0.0.1:{gateway.ports[1]}/echo"])
        fields = [v for k, v in json.loads(done.stdout)["headers"] if k.lower() == "client-cert"]
        self.assertEqual([self.field("alice")], fields)

    def test_each_rule_of_the_configuration(self):
        good = self.auth("required")
        for listener, words in (({**good, "client_auth": "none"}, "means nothing without"),
                                ({**good, "client_ca_file": "", "client_ca_sha256": ""},
                                 "is needed with client_auth"),
                                ({**good, "client_ca_sha256": ""}, "need each other"),
                                ({"client_crl_file": "/x"}, "means nothing without client_ca_file")):
            config = {"listeners": [listener], "upstreams": {"a": {"servers": ["a:1"]}}}
            done = self.run_program([dt.built("devproof-gateway"), "--check-config",
                                     "--config-json", json.dumps(config)])
            self.assertEqual(1, done.returncode)
            self.assertIn(words, done.stdout)
        config["listeners"] = [{**good, "client_ca_sha256": "00" * 32}]
        config["admin"] = {"address": "127.0.0.1:0"}
        done = self.run_program([dt.built("devproof-gateway"), "--config-json",
                                 json.dumps(config)])
        self.assertEqual(1, done.returncode)
        self.assertIn("has the SHA-256", done.stderr)


if __name__ == "__main__":
    unittest.main()
