"""Pebble, an ACME authority for tests, with a DNS server that sends every name to loopback."""
import json
import os
import shutil
import subprocess
import sys

import devproof_testing as dt

PROGRAMS = ("pebble", "pebble-challtestsrv")
SKIPPED = 77


def skip_without_pebble():
    """End with the code of a visible skip where it is not installed."""
    missing = [p for p in PROGRAMS if shutil.which(p) is None]
    if missing:
        print(f"skipped: {', '.join(missing)} not installed")
        sys.exit(SKIPPED)


class Pebble:
    """The authority; start it once it is known where its challenges must go."""

    def __init__(self, test):
        self.test = test
        self.port, self.management, self.dns = (test.closed_port() for _ in range(3))
        self.ca_file, self.key = test.path("pebble.pem"), test.path("pebble.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.key, "-out",
                        self.ca_file, "-days", "3", "-subj", "/CN=pebble", "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                       check=True, capture_output=True)
        self.directory = f"https://127.0.0.1:{self.port}/dir"

    def start(self, tls_port=1, http_port=1, validity_s=0, nonce_reject=5):
        config = {"pebble": {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{self.management}",
            "certificate": self.ca_file, "privateKey": self.key,
            "httpPort": http_port, "tlsPort": tls_port, "ocspResponderURL": "",
            "externalAccountBindingRequired": False,
            **(self.validity(validity_s) if validity_s else {})}}
        file = self.test.write("pebble.json", json.dumps(config))
        self.test.start(
            ["pebble-challtestsrv", "-http01", "", "-https01", "", "-tlsalpn01", "", "-dns01",
             f"127.0.0.1:{self.dns}", "-management", f"127.0.0.1:{self.test.closed_port()}",
             "-defaultIPv6", ""], name="challtestsrv", ready=False, expect_exit=None)
        env = {**self.test.env(), "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0",
               "PEBBLE_WFE_NONCEREJECT": str(nonce_reject)}
        self.process = self.test.start(
            ["pebble", "-config", file, "-dnsserver", f"127.0.0.1:{self.dns}"], name="pebble",
            ready=False, expect_exit=None, env=env)
        dt.wait_for(lambda: "ACME directory available" in self.process.log() + self.process.output(),
                    "pebble")

    @staticmethod
    def validity(seconds):
        """As its releases up to 2.4 take it, and as those with profiles do."""
        return {"certificateValidityPeriod": seconds,
                "profiles": {"default": {"description": "short", "validityPeriod": seconds}}}

    def root(self):
        """The PEM of the root that it signs under."""
        return subprocess.run(["curl", "-sk", f"https://127.0.0.1:{self.management}/roots/0"],
                              check=True, capture_output=True, text=True).stdout
