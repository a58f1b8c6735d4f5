"""curl and openssl s_client against a gateway, with nothing of ours on their side."""
import base64
import hashlib
import json
import os
import shutil
import ssl
import subprocess
import sys
import unittest

import devproof_testing as dt
import gateway_testing as gt

NAME = "gw.example.test"
NONCE = "5a" * 32
TIMEOUT_S = 60


class RealClients(gt.GatewayTestCase):
    def setUp(self):
        self.gateway = self.start_all({"listeners": [{"address": "127.0.0.1:0",
                                                      "names": [NAME]}]})
        leaf = self.leaf(self.gateway, NAME)
        self.spki = gt.certificate_parts(leaf)[0]
        self.ca = self.write("leaf.pem", ssl.DER_cert_to_PEM_cert(leaf))

    def run_client(self, *argv, stdin=""):
        return subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False,
                              timeout=TIMEOUT_S)

    def curl(self, *options, path="/"):
        return self.run_client("curl", "-sS", "--resolve",
                               f"{NAME}:{self.gateway.port}:127.0.0.1", *options,
                               f"https://{NAME}:{self.gateway.port}{path}")

    def pin(self, spki):
        return "sha256//" + base64.b64encode(hashlib.sha256(spki).digest()).decode()

    def s_client(self, *options, request=""):
        return self.run_client("openssl", "s_client", "-connect",
                               f"127.0.0.1:{self.gateway.port}", "-servername", NAME,
                               "-verify_return_error", "-CAfile", self.ca, "-verify_hostname", NAME,
                               "-ign_eof" if request else "-quiet", *options, stdin=request)

    def get(self, path):
        return f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n"

    def test_curl_takes_the_pinned_key_and_no_other(self):
        good = self.curl("-k", "--pinnedpubkey", self.pin(self.spki), "-w", "%{http_code}",
                         "-o", self.path("page"))
        self.assertEqual((0, "200"), (good.returncode, good.stdout), good.stderr)
        other = self.curl("-k", "--pinnedpubkey", self.pin(b"another key"))
        self.assertEqual((90, ""), (other.returncode, other.stdout))

    def test_curl_trusts_the_leaf_as_its_own_issuer_for_its_name_alone(self):
        self.assertEqual(0, self.curl("--cacert", self.ca).returncode)
        self.assertEqual(60, self.curl().returncode)
        wrong = self.run_client("curl", "-sS", "--cacert", self.ca,
                                f"https://127.0.0.1:{self.gateway.port}/")
        self.assertIn(wrong.returncode, (35, 60))

    def test_the_pin_is_the_key_of_the_statement(self):
        binding = json.loads(self.curl("--cacert", self.ca, path=gt.WELL_KNOWN + "binding").stdout)
        statement = json.loads(base64.b64decode(binding["statement"]))
        current = next(k for k in statement["tls_keys"] if k["state"] == "current")
        self.assertEqual(hashlib.sha256(self.spki).hexdigest(), current["spki_sha256"])

    def test_s_client_verifies_the_handshake(self):
        done = self.s_client("-alpn", "h9,http/1.1", request=self.get("/"))
        self.assertEqual(0, done.returncode, done.stderr)
        for text in ("Verification: OK", f"Verified peername: {NAME}",
                     "ALPN protocol: http/1.1", "New, TLSv1.3", "HTTP/1.1 200 OK"):
            self.assertIn(text, done.stdout)

    def test_s_client_refuses_under_another_name_or_issuer(self):
        self.assertNotEqual(0, self.s_client("-verify_hostname", "other.test").returncode)
        self.ca = self.simulator.root_file
        self.assertNotEqual(0, self.s_client().returncode)

    def test_s_client_gets_no_older_version(self):
        done = self.s_client("-tls1_2")
        self.assertNotEqual(0, done.returncode)
        self.assertIn("protocol version", done.stderr)

    def test_a_resumed_connection_gets_pages_and_no_session_proof(self):
        ticket = self.path("ticket")
        path = f"{gt.WELL_KNOWN}session?nonce={NONCE}"
        first = self.s_client("-sess_out", ticket, request=self.get(path))
        self.assertIn("New, TLSv1.3", first.stdout)
        self.assertIn("HTTP/1.1 200 OK", first.stdout)
        self.assertTrue(os.path.exists(ticket), first.stdout)
        proof = self.s_client("-sess_in", ticket, request=self.get(path))
        self.assertIn("Reused, TLSv1.3", proof.stdout)
        self.assertIn("HTTP/1.1 409 ", proof.stdout)
        self.assertIn("session-resumed", proof.stdout)
        again = self.s_client("-sess_out", ticket, request=self.get("/"))
        self.assertIn("New, TLSv1.3", again.stdout)
        page = self.s_client("-sess_in", ticket, request=self.get("/"))
        self.assertIn("Reused, TLSv1.3", page.stdout)
        self.assertIn("HTTP/1.1 200 OK", page.stdout)


if __name__ == "__main__":
    for program in ("curl", "openssl"):
        if shutil.which(program) is None:
            print(f"skipped: {program} is missing")
            sys.exit(77)
    unittest.main()
