#!/usr/bin/env python3
"""What scanners of others say about TLS at the gateway: sslscan, and with DEVPROOF_LONG testssl.sh,
which takes a minute."""
import json
import os
import shutil
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ElementTree

import devproof_testing as dt
import gateway_testing as gt
from core_support import Backend, answer_all

NAME, SKIPPED = "gw.example.test", 77
GROUPS = {"x25519", "secp256r1", "X25519MLKEM768"}
# What testssl.sh finds that is not the gateway's: the test authority is in no trust store, what the
# authority leaves out of the test certificate or DNS out of the test name, what the scanner lacks.
NOT_OURS = {"cert_chain_of_trust", "cert_trust", "cert_revocation", "cert_crlDistributionPoints",
            "cert_ocspURL", "DNS_CAArecord", "OCSP_stapling", "engine_problem"}
GOOD = {"INFO", "OK"}
ANSWER = (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
          b"Strict-Transport-Security: max-age=31536000\r\nX-Frame-Options: DENY\r\n"
          b"X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'\r\n"
          b"\r\nok")


class Scan(gt.GatewayTestCase):
    def openssl(self, *argv, stdin=None):
        return subprocess.run(["openssl", *argv], check=True, capture_output=True, input=stdin,
                              timeout=60).stdout

    def start_certified(self, **more):
        """A gateway with a chain of a test authority."""
        simulator = self.start_simulator()
        self.backend = Backend(self, lambda peer, n: answer_all(peer, n, ANSWER))
        config = {"listeners": [{"address": "127.0.0.1:0", "names": [NAME]}],
                  "upstreams": {"app": {"servers": [self.backend.server]}},
                  "tls": {"certificates": [{"name": NAME, "chain_file": self.path("chain.pem")}]},
                  "insecure_agent_endpoint": simulator.socket, **more}
        csr = self.run_program([dt.built("devproof-gateway"), "csr", "--config-json",
                                json.dumps(config), "--name", NAME]).stdout
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-keyout", self.path("ca.key"), "-out", self.path("ca.pem"), "-subj",
                     "/CN=Test CA", "-days", "3650")
        self.write("leaf.ext", f"subjectAltName=DNS:{NAME}\nkeyUsage=critical,digitalSignature\n"
                               "extendedKeyUsage=serverAuth\n")
        leaf = self.openssl("x509", "-req", "-in", self.write("csr.pem", csr), "-CA",
                            self.path("ca.pem"), "-CAkey", self.path("ca.key"), "-days", "90",
                            "-extfile", self.path("leaf.ext"))
        self.write("chain.pem", leaf)
        return self.start_gateway(config, simulator)


class SslScan(Scan):
    def scan(self, gateway, *options):
        done = self.run_program(["sslscan", "--xml=-", f"--sni-name={NAME}", *options,
                                 f"127.0.0.1:{gateway.port}"], timeout=120)
        return ElementTree.fromstring(done.stdout).find("ssltest")

    def test_there_is_tls_13_with_strong_ciphers_and_nothing_else(self):
        for more in ({}, {
                "listeners": [{"address": "127.0.0.1:0", "names": [NAME, "other.test"]}],
                "routes": [{"upstream": "app"}, {
                    "mode": "passthrough", "host": "other.test", "upstream": "app"}]}):
            gateway = self.start_certified(**more)
            scan = self.scan(gateway)
            self.assertEqual(["1.3"], [p.get("version") for p in scan.findall("protocol")
                                       if p.get("type") == "tls" and p.get("enabled") == "1"])
            self.assertEqual([], [p.get("version") for p in scan.findall("protocol")
                                  if p.get("type") == "ssl" and p.get("enabled") == "1"])
            ciphers = scan.findall("cipher")
            self.assertEqual({"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                              "TLS_CHACHA20_POLY1305_SHA256"}, {c.get("cipher") for c in ciphers})
            self.assertEqual({"TLSv1.3"}, {c.get("sslversion") for c in ciphers})
            groups = {g.get("name").split(" ")[0] for g in scan.findall("group")}
            self.assertTrue({"x25519", "secp256r1"} <= groups <= GROUPS, groups)
            for name, member in (("compression", "supported"), ("renegotiation", "supported"),
                                 ("heartbleed", "vulnerable")):
                # What TLS 1.3 does not have is not looked for.
                self.assertTrue(all(e.get(member) == "0" for e in scan.findall(name)), name)
            certificate = scan.find("certificates/certificate")
            self.assertEqual("ecdsa-with-SHA256", certificate.find("signature-algorithm").text)
            self.assertEqual(("EC", "prime256v1", "false"),
                             (certificate.find("pk").get("type"),
                              certificate.find("pk").get("curve_name"),
                              certificate.find("pk").get("error")))
            self.assertEqual("false", certificate.find("expired").text)


class TestSsl(Scan):
    def test_nothing_is_low_or_worse_but_for_the_test_authority(self):
        gateway = self.start_certified()
        report = self.path("report.json")
        done = subprocess.run(
            ["testssl", "--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--ip",
             "127.0.0.1", "--add-ca", self.path("ca.pem"), "--jsonfile", report,
             f"{NAME}:{gateway.port}"], capture_output=True, text=True, timeout=900, check=False,
            stdin=subprocess.DEVNULL)
        with open(report, encoding="utf-8") as f:
            findings = json.load(f)
        self.assertGreater(len(findings), 50, done.stdout)
        bad = [(f["id"], f["severity"], f["finding"]) for f in findings
               if f["severity"] not in GOOD and f["id"].split(" ")[0] not in NOT_OURS]
        self.assertEqual([], bad)


if __name__ == "__main__":
    wanted = {"sslscan": "SslScan", **({"testssl": "TestSsl"} if os.environ.get("DEVPROOF_LONG")
                                       else {})}
    missing = [scanner for scanner in wanted if shutil.which(scanner) is None]
    if missing:
        print(f"skipped: {', '.join(missing)} not installed")
        sys.exit(SKIPPED)
    unittest.main(argv=[sys.argv[0], *wanted.values()])
