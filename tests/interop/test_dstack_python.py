"""dstack-sdk, the platform's Python client, against the simulator's sockets.

Runs in the environment tests/interop/venv that `make deps` makes from requirements.txt.
"""
import hashlib
import os
import sys
import unittest

import devproof_testing as dt

VENV = os.path.join(os.path.dirname(os.path.abspath(__file__)), "venv", "bin", "python3")

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from dstack_sdk import DstackClient, TappdClient
except ImportError:
    if not os.path.exists(VENV) or os.environ.get("DEVPROOF_IN_VENV"):
        print("skipped: dstack-sdk is missing, run 'make deps'")
        sys.exit(77)
    os.execve(VENV, [VENV, *sys.argv], {**os.environ, "DEVPROOF_IN_VENV": "1"})


class PythonClient(dt.TestCase):
    def setUp(self):
        self.tappd_socket = self.path("tappd.sock")
        self.simulator = self.start_simulator("--tappd-socket", self.tappd_socket, "--emit-event")
        self.client = DstackClient(self.simulator.socket)

    def test_info_and_version_are_read(self):
        info = self.client.info()
        self.assertEqual(hashlib.sha256(info.tcb_info.app_compose.encode()).hexdigest(),
                         info.compose_hash)
        self.assertEqual("0.6.0", self.client.version().version)
        self.assertTrue(self.client.is_reachable())

    def test_quotes_replay_before_and_after_an_event(self):
        registers = []
        for _ in range(2):
            reply = self.client.get_quote(b"x" * 64)
            quote = bytes.fromhex(reply.quote)
            replayed = reply.replay_rtmrs()
            self.assertEqual([quote[376 + 48 * i:424 + 48 * i].hex() for i in range(4)],
                             [replayed[i] for i in range(4)])
            self.assertEqual(b"x" * 64, quote[568:632])
            registers.append(replayed[3])
            self.client.emit_event("later", b"payload")
        self.assertNotEqual(*registers)

    def test_a_tls_key_has_its_chain(self):
        reply = self.client.get_tls_key(subject="gw", alt_names=["a.example"], usage_ra_tls=True,
                                        not_before=1700000000, not_after=1900000000,
                                        with_app_info=True)
        chain = [x509.load_pem_x509_certificate(pem.encode()) for pem in reply.certificate_chain]
        self.assertEqual(3, len(chain))
        key = load_pem_private_key(reply.key.encode(), None)
        self.assertEqual(key.public_key(), chain[0].public_key())
        for child, issuer in zip(chain, chain[1:]):
            child.verify_directly_issued_by(issuer)
        names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        self.assertEqual(["a.example"], names.get_values_for_type(x509.DNSName))

    def test_signatures_verify(self):
        for algorithm in ("ed25519", "secp256k1"):
            made = self.client.sign(algorithm, b"data")
            known = (made.decode_signature(), made.decode_public_key())
            self.assertTrue(self.client.verify(algorithm, b"data", *known).valid)
            self.assertFalse(self.client.verify(algorithm, b"other", *known).valid)

    def test_an_attestation_holds_the_quote(self):
        attestation = bytes.fromhex(self.client.attest(b"x").attestation)
        quote = bytes.fromhex(self.client.get_quote(b"x").quote)
        self.assertIn(quote[:632], attestation)

    def test_tappd_gives_the_same_bytes(self):
        old = TappdClient(self.tappd_socket)
        scalar = load_pem_private_key(old.derive_key("a").key.encode(), None) \
            .private_numbers().private_value
        self.assertEqual(self.client.get_key("a").decode_key(), scalar.to_bytes(32, "big"))
        quote = bytes.fromhex(old.tdx_quote("test content", "sha384").quote.removeprefix("0x"))
        self.assertEqual(hashlib.sha384(b"app-data:test content").digest() + bytes(16),
                         quote[568:632])


if __name__ == "__main__":
    unittest.main()
