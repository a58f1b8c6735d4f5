"""A simulator with the sockets of both APIs, and what its certificates are read with."""
import ssl
import subprocess

import devproof_testing as dt
import gateway_testing as gt

DSTACK_ARC = bytes.fromhex("060a2b0601040183e73d01")


class AgentTestCase(dt.TestCase):
    def begin(self, *options):
        self.tappd_socket = self.path(f"tappd-{len(self.programs)}.sock")
        self.simulator = self.start_simulator("--tappd-socket", self.tappd_socket, *options)
        self.socket = self.simulator.socket

    def call(self, method, status=200, **arguments):
        reply = dt.unix_request(self.socket, "POST", f"/{method}", arguments)
        self.assertEqual(status, reply.status, reply.body)
        return reply.json() if reply.body else None

    def tappd(self, method, status=200, **arguments):
        reply = dt.unix_request(self.tappd_socket, "POST", f"/prpc/Tappd.{method}", arguments)
        self.assertEqual(status, reply.status, reply.body)
        return reply.json()

    def openssl(self, *argv, stdin=None):
        done = subprocess.run(["openssl", *argv], input=stdin, capture_output=True, text=True,
                              check=False)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def public_der(self, *argv, stdin):
        pem = self.openssl(*argv, "-pubout" if argv[0] == "pkey" else "-pubkey", stdin=stdin)
        return ssl.PEM_cert_to_DER_cert(pem.replace("PUBLIC KEY", "CERTIFICATE"))

    def payloads(self, pem):
        """The payloads of dstack's extensions of a certificate, by the last arc."""
        extensions = gt.certificate_extensions(ssl.PEM_cert_to_DER_cert(pem))
        return {oid[-1]: gt.octets(value) for oid, value in extensions.items()
                if oid.startswith(DSTACK_ARC)}

    def assert_chain(self, chain):
        """Leaf, app CA, KMS root: OpenSSL accepts them from top to bottom."""
        files = [self.write(f"c{i}.pem", pem) for i, pem in enumerate(chain)]
        self.openssl("verify", "-CAfile", files[-1],
                     *(["-untrusted", files[1]] if len(files) == 3 else []), files[0])
