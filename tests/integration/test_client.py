#!/usr/bin/env python3
"""devproof verify, get and policy init against real gateways and against impostors."""
import json
import os
import ssl
import unittest

import devproof_testing as dp
import hostile_peers as hostile
from attested_side import NAME, ClientTestCase


def fetch_binding(port):
    with dp.tls_connect("127.0.0.1", port, NAME) as s:
        s.sendall(b"GET /.well-known/devproof/binding HTTP/1.1\r\nHost: x\r\n"
                  b"Connection: close\r\n\r\n")
        return dp.receive_all(s).split(b"\r\n\r\n", 1)[1]


class Client(ClientTestCase):
    def setUp(self):
        self.start_side()
        self.policy = self.init_policy()

    def test_the_observed_policy_accepts_and_is_complete(self):
        path = self.policy_file(self.policy)
        code, report = self.verify(path)
        self.assertEqual((code, report["verdict"], report["complete"], report["scope"]),
                         (0, "accepted", True, "connection"))
        self.assertTrue(report["simulated"])
        steps = {s["step"]: s["result"] for s in report["steps"]}
        self.assertEqual(list(steps), ["transport", "name", "certificate", "evidence", "quote",
                                       "collateral", "tcb", "td-attributes", "report-data",
                                       "event-log", "identity", "freshness", "session"])
        self.assertEqual(set(steps.values()) - {"pass"}, {"skipped"})
        self.assertTrue(self.policy_text.startswith("// What you see here may be a relay"))

    def test_without_a_policy_everything_is_shown_and_nothing_accepted(self):
        code, report = self.verify(None, None, "--root", self.simulator.root_file)
        self.assertEqual((code, report["code"]), (10, "identity-not-pinned"))
        self.assertTrue(report["measurements"])
        code, report = self.verify(None)
        self.assertEqual((code, report["verdict"]), (10, "refused"))

    def test_each_link_is_demanded(self):
        def refuses(change, expected):
            policy = json.loads(json.dumps(self.policy))
            change(policy)
            self.assertEqual(self.refused(self.policy_file(policy)), expected)
        refuses(lambda p: p["app"].update(compose_hashes=["00" * 32]), "compose-hash")
        refuses(lambda p: p["app"].update(app_id="00" * 20), "app-id")
        refuses(lambda p: p["kms"].update(ca_spki_sha256="00" * 32), "kms-root")
        refuses(lambda p: p.update(config=["00" * 32]), "config-not-pinned")
        refuses(lambda p: p["os"][0].update(rtmr1="00" * 48), "os-not-listed")
        refuses(lambda p: p.pop("os"), "policy-incomplete")
        refuses(lambda p: p.pop("root_file"), "root-ca-untrusted")
        refuses(lambda p: p.update(platforms=["00" * 32]), "platform-not-listed")
        refuses(lambda p: p.update(name="san"), "name-mismatch")
        self.assertEqual(self.app_bytes(), 0)

    def test_a_root_file_is_a_certificate_or_malformed(self):
        """An empty one least of all means Intel's root."""
        def get(name, policy):
            return self.devproof("get", f"https://{NAME}/", "--policy", self.policy_file(policy),
                                 *(["--root", self.path(name)] if name else []), *self.where())
        with open(self.simulator.root_file, encoding="ascii") as f:
            pem = f.read()
        with open(self.path("root.der"), "wb") as f:
            f.write(ssl.PEM_cert_to_DER_cert(pem))
        self.write("text.pem", "subject=a root\n" + pem)
        rootless = {k: v for k, v in self.policy.items() if k != "root_file"}
        for name in ("root.der", "text.pem"):
            self.assertEqual(get(name, rootless).returncode, 0, name)
        for name, text in (("empty", ""), ("junk", "0junk"), ("cut.pem", pem[:-40])):
            self.write(name, text)
            for done in (get(name, rootless), get(None, {**rootless, "root_file": name})):
                self.assertEqual(done.returncode, 30, (name, done.stdout, done.stderr))
                self.assertIn("the root is no certificate", done.stderr)
        leaf = hostile.fetch_leaf("127.0.0.1", self.port, NAME)
        self.write("leaf.pem", ssl.DER_cert_to_PEM_cert(leaf))
        code, report = self.verify(self.policy_file(rootless), None, "--root",
                                   self.path("leaf.pem"))
        self.assertEqual((code, report["code"]), (10, "root-invalid"))

    def test_a_waived_link_is_accepted_but_not_complete(self):
        del self.policy["config"]
        self.policy["accept_unchecked"] = ["config"]
        code, report = self.verify(self.policy_file(self.policy))
        self.assertEqual((code, report["verdict"], report["complete"]), (0, "accepted", False))

    def test_get_writes_the_body(self):
        path = self.policy_file(self.policy)
        done = self.devproof("get", f"https://{NAME}/bytes?n=100000", "--policy", path,
                             "-o", self.path("body"), *self.where())
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        with open(self.path("body"), "rb") as f:
            self.assertEqual(f.read(), b"x" * 100000)
        done = self.devproof("get", f"https://{NAME}/nothing-here", "--policy", path,
                             *self.where())
        self.assertEqual(done.returncode, 0)
        self.assertIn("404", done.stderr)

    def test_resolve_takes_addresses_in_brackets(self):
        def get(url, resolve):
            return self.devproof("get", url, "--policy", self.policy_file(self.policy),
                                 "--collateral-url", self.simulator.pccs, "--resolve", resolve)
        done = get("https://[::1]/", f"[::1]:443:127.0.0.1:{self.port}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(get("https://[::1]/", f"::1:443:127.0.0.1:{self.port}").returncode, 0)
        port = self.closed_port()
        done = get(f"https://{NAME}:{port}/", f"{NAME}:{port}:[::1]")
        self.assertIn(f"cannot connect to '::1' port {port}", done.stderr)
        for wrong in ("[::1]", "[::1:443:127.0.0.1", f"{NAME}:443:", f"{NAME}:443:127.0.0.1:x"):
            self.assertEqual(get(f"https://{NAME}/", wrong).returncode, 2, wrong)

    def test_a_compose_file_stands_for_its_hash(self):
        info = dp.unix_request(self.simulator.socket, "POST", "/Info", {}).json()
        text = json.loads(info["tcb_info"])["app_compose"]
        self.write("compose.json", text)
        wanted = self.policy["app"].pop("compose_hashes")[0]
        self.policy["app"]["compose_files"] = ["compose.json"]
        self.assertEqual(self.verify(self.policy_file(self.policy))[0], 0)
        done = self.devproof("compose", "hash", self.path("compose.json"))
        self.assertEqual(done.stdout.strip(), wanted)


class Impostors(ClientTestCase):
    """Not one byte of a refused request arrives: the far side counts."""

    def setUp(self):
        self.start_side()
        self.policy_path = self.policy_file(self.init_policy())
        self.leaf = hostile.fetch_leaf("127.0.0.1", self.port, NAME)

    def serve(self, peer):
        self.addCleanup(peer.close)
        return peer

    def test_replayed_evidence_with_another_key(self):
        cert, key = hostile.forge_certificate(self.folder, NAME, self.leaf)
        peer = self.serve(hostile.ReplayServer(cert, key, fetch_binding(self.port)))
        self.assertEqual(self.refused(self.policy_path, peer.port), "cert-evidence-report-data")
        self.assertEqual(peer.application_bytes, 0)

    def test_a_relay_with_the_same_key_and_certificate(self):
        cert, key = hostile.steal_key(self.folder, self.simulator.socket, self.leaf)
        peer = self.serve(hostile.KeyRelay(cert, key, ("127.0.0.1", self.port), NAME))
        self.assertEqual(self.refused(self.policy_path, peer.port), "session-signature")
        self.assertEqual(peer.application_bytes, 0)
        self.assertEqual(self.app_bytes(), 0)

    def test_the_genuine_key_with_a_replayed_session(self):
        cert, key = hostile.steal_key(self.folder, self.simulator.socket, self.leaf)
        peer = self.serve(hostile.ReplayServer(cert, key, fetch_binding(self.port)))
        self.assertIn(self.refused(self.policy_path, peer.port), ("evidence-json", "session-kind"))
        self.assertEqual(peer.application_bytes, 0)

    def test_any_changed_byte_on_the_way_ends_the_connection(self):
        relay = dp.TcpRelay(("127.0.0.1", self.port),
                            lambda way, data: data[:-1] + bytes([data[-1] ^ 1])
                            if way == "down" and len(data) > 8000 else data)
        self.addCleanup(relay.close)
        self.assertIn(self.refused(self.policy_path, relay.port),
                      ("transport-connect", "http-truncated"))

    def test_a_plain_tls_server(self):
        cert, key = self.path("plain.crt"), self.path("plain.key")
        self.run_program(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                          "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=plain", "-addext",
                          f"subjectAltName=DNS:{NAME}", "-days", "1", "-keyout", key, "-out",
                          cert])
        peer = self.serve(hostile.ReplayServer(cert, key, b"<html>no evidence here</html>"))
        self.assertEqual(self.refused(self.policy_path, peer.port), "evidence-json")
        self.assertEqual(peer.application_bytes, 0)

    def test_nobody_listens(self):
        port = self.closed_port()
        self.assertEqual(self.refused(self.policy_path, port), "transport-connect")
        done = self.devproof("verify", f"https://{NAME}/", "--policy", self.policy_path,
                             *self.where(port))
        self.assertTrue(done.stdout.startswith(f"refused transport-connect: {NAME}\n"),
                        done.stdout)


class Platforms(ClientTestCase):
    """Whole far sides whose evidence is signed, but says the wrong thing."""

    def check(self, options, code):
        self.start_side()
        policy = self.init_policy()
        del policy["config"]
        policy["accept_unchecked"] = ["config"]
        path = self.policy_file(policy)
        self.start_side(*options)
        self.assertEqual(self.refused(path), code)
        self.assertEqual(self.app_bytes(), 0)

    def test_debug_td(self):
        self.check(["--td-debug"], "td-attributes-debug-set")

    def test_out_of_date_tcb(self):
        self.check(["--tcb-status", "OutOfDate"], "tcb-status-not-accepted")

    def test_another_os(self):
        self.check(["--os-seed", "cd" * 32], "os-not-listed")

    def test_revoked_pck(self):
        self.check(["--revoke", "pck"], "pck-revoked")

    def test_revoked_platform_ca(self):
        self.check(["--revoke", "platform-ca"], "intermediate-revoked")

    def test_another_root(self):
        self.check(["--seed", "ef" * 32], "root-ca-untrusted")


if __name__ == "__main__":
    os.environ.setdefault("DEVPROOF_BUILD_DIR", "build/asan")
    unittest.main()
