#!/usr/bin/env python3
"""devproof shows a certificate to a gateway that asks for one, and says so when it is not taken."""
import json
import socket
import unittest

import devproof_testing as dt
from attested_side import NAME, ClientTestCase
from client_ca import ClientCaTestCase
from core_support import Backend

CODE = "transport-client-certificate"


class Shown(ClientTestCase, ClientCaTestCase):
    def setUp(self):
        ClientCaTestCase.setUp(self)
        self.start_side(listeners=[self.auth("required"), {"address": "127.0.0.1:0"}])
        self.open_port = dt.split_address(self.gateway.ready["listeners"][1])[1]
        self.policy = self.policy_file(self.init_policy(self.open_port))

    def text(self, name):
        with open(self.path(name), encoding="ascii") as f:
            return f.read()

    def shown(self, name, *chain):
        """Options that show such a certificate."""
        text = "".join(self.text(f"{n}.pem") for n in (name, *chain))
        return ("--client-cert", self.write(f"{name}.shown", text), "--client-key",
                self.path(f"{name}.key"))

    def start_shim(self, *options, port=None):
        shim = self.start([dt.built("devproof"), "connect", "--listen", "127.0.0.1:0", "--target",
                           f"{NAME}:443", "--policy", self.policy, *self.where(port), *options],
                          name=f"shim-{len(self.programs)}")
        shim.url = f"http://{shim.ready['listen']}"
        return shim

    def told(self, shim):
        """What the app hears of the client."""
        reply = dt.http_request(f"{shim.url}/echo", headers={"Client-Cert": ":Zm9yZ2Vk:"})
        self.assertEqual(200, reply.status, reply.body)
        return {k.lower(): v for k, v in reply.json()["headers"]
                if k.lower().startswith("client-cert")}

    def test_the_app_behind_the_shim_hears_of_the_client(self):
        self.assertEqual({"client-cert": self.field("alice")},
                         self.told(self.start_shim(*self.shown("alice"))))
        self.assertEqual({"client-cert": self.field("bob"),
                          "client-cert-chain": self.field("middle")},
                         self.told(self.start_shim(*self.shown("bob", "middle"))))
        # A gateway that does not ask is not shown it.
        self.assertEqual({}, self.told(self.start_shim(*self.shown("alice"), port=self.open_port)))

    def test_the_key_may_stand_in_the_same_file(self):
        both = self.write("both.pem", self.text("alice.key") + self.text("alice.pem"))
        shim = self.start_shim("--client-cert", both)
        self.assertEqual({"client-cert": self.field("alice")}, self.told(shim))

    def test_a_shim_without_it_says_so_and_sends_nothing(self):
        before = self.app_bytes()
        for options in ((), self.shown("mallory")):
            shim = self.start_shim(*options)
            for method, body in (("GET", None), ("POST", b"secret" * 1000)):
                reply = dt.http_request(f"{shim.url}/secret", method, body)
                self.assertEqual((502, CODE), (reply.status, reply.json()["error"]["code"]))
                self.assertIn(f'error=tls_alert_received; details="{CODE}"',
                              reply.headers["Proxy-Status"])
            self.assertIn(f"refused {CODE}: ", shim.log())
        self.assertEqual(before, self.app_bytes())

    def test_who_is_not_proven_sees_the_certificate_and_nothing_else(self):
        """The gateway is genuine, and not the one that the policy wants."""
        with open(self.policy, encoding="utf-8") as f:
            policy = json.load(f)
        policy["app"]["compose_hashes"] = ["00" * 32]
        self.policy = self.policy_file(policy, "other.json")
        before = self.app_bytes()
        shim = self.start_shim(*self.shown("alice"))
        reply = dt.http_request(f"{shim.url}/secret", "POST", b"secret")
        self.assertEqual((502, "compose-hash"),
                         (reply.status, reply.json()["error"]["code"]))
        self.assertEqual(before, self.app_bytes())

    def test_every_command_shows_it(self):
        alice = self.shown("alice")
        code, report = self.verify(self.policy, None, *alice)
        self.assertEqual((0, "ok"), (code, report["code"]))
        done = self.devproof("get", f"https://{NAME}/echo", "--policy", self.policy,
                             *self.where(), *alice)
        fields = {k.lower(): v for k, v in json.loads(done.stdout)["headers"]}
        self.assertEqual(self.field("alice"), fields["client-cert"])
        done = self.devproof("policy", "init", f"https://{NAME}/", "--root",
                             self.simulator.root_file, *self.where(), *alice)
        self.assertEqual(0, done.returncode, done.stderr)

    def test_every_command_without_it_has_the_code(self):
        for options, words in (((), "certificate required"), (self.shown("mallory"), "unknown ca")):
            code, report = self.verify(self.policy, None, *options)
            self.assertEqual((10, CODE), (code, report["code"]))
            self.assertIn(words, report["detail"])
            self.assertEqual("transport", next(s["step"] for s in report["steps"]
                                               if s["result"] == "fail"))
        self.assertEqual(CODE, self.refused(self.policy))
        done = self.devproof("policy", "init", f"https://{NAME}/", *self.where())
        self.assertEqual(10, done.returncode)
        self.assertIn(f"refused {CODE}", done.stderr)

    def test_files_that_cannot_be_shown(self):
        self.openssl("ec", "-in", self.path("alice.key"), "-aes128", "-passout", "pass:x", "-out",
                     self.path("locked.key"))
        self.openssl("pkcs8", "-topk8", "-in", self.path("alice.key"), "-passout", "pass:x", "-out",
                     self.path("locked8.key"))
        cert, key = self.path("alice.pem"), self.path("alice.key")
        many = self.write("many.pem", self.text("alice.pem") * 12)
        cut = self.write("cut.pem", self.text("alice.pem")[:-40])
        for options, code, words in (
                (("--client-key", key), 2, "--client-cert is missing"),
                (("--client-cert", cert, "--client-key", self.path("locked.key")), 30,
                 "not encrypted"),
                (("--client-cert", cert, "--client-key", self.path("locked8.key")), 30,
                 "not encrypted"),
                (("--client-cert", cert, "--client-key", self.path("bob.key")), 30,
                 "is not that of the certificate"),
                (("--client-cert", cert), 30, "has no private key"),
                (("--client-cert", key), 30, "is no PEM file of a certificate"),
                (("--client-cert", cut, "--client-key", key), 30, "is no PEM file"),
                (("--client-cert", many, "--client-key", key), 30, "is no PEM file"),
                (("--client-cert", self.path("absent"), "--client-key", key), 30, "cannot open")):
            with self.subTest(options):
                done = self.devproof("verify", f"https://{NAME}/", "--policy", self.policy,
                                     *self.where(), *options)
                self.assertEqual(code, done.returncode, done.stderr)
                self.assertIn(words, done.stderr)


class Streams(ClientTestCase, ClientCaTestCase):
    def test_a_stream_of_bytes(self):
        backend = Backend(self, lambda peer, _: peer.send(peer.exactly(2)))
        self.start_side(listeners=[self.auth("required", mode="tcp"), {"address": "127.0.0.1:0"}],
                        upstreams={"db": {"servers": [backend.server]}},
                        routes=[{"upstream": "db"}, {"mode": "tcp", "upstream": "db"}])
        alice = ("--client-cert", self.path("alice.pem"), "--client-key", self.path("alice.key"))
        policy = self.policy_file(self.init_policy(
            dt.split_address(self.gateway.ready["listeners"][1])[1]))
        for options, answer in ((alice, b"hi"), ((), b"")):
            shim = self.start([dt.built("devproof"), "connect", "--mode", "tcp", "--listen",
                               "127.0.0.1:0", "--target", f"{NAME}:443", "--policy", policy,
                               *self.where(), *options], name=f"shim-{len(options)}")
            host, port = dt.split_address(shim.ready["listen"])
            with socket.create_connection((host, port), dt.DEADLINE_S) as sock:
                sock.sendall(b"hi")
                try:
                    self.assertEqual(answer, sock.recv(2))
                except ConnectionResetError:
                    self.assertEqual(b"", answer)
        dt.wait_for(lambda: f"refused {CODE}: " in shim.log(), "the code")
        self.assertEqual(1, backend.count)


if __name__ == "__main__":
    unittest.main()
