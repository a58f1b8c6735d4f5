"""The guest agent's first API, at the simulator's second socket."""
import hashlib
import unittest

import devproof_testing as dt
import gateway_testing as gt
from agent_side import AgentTestCase


class Tappd(AgentTestCase):
    def setUp(self):
        self.begin()

    def test_the_prefix_of_the_service_may_be_left_out(self):
        for path in ("/prpc/Tappd.DeriveK256Key", "/prpc/DeriveK256Key"):
            reply = dt.unix_request(self.tappd_socket, "POST", path, {"path": "a", "purpose": "p"})
            new = self.call("GetKey", path="a", purpose="p")
            self.assertEqual({"k256_key": new["key"],
                              "k256_signature_chain": new["signature_chain"]}, reply.json())
        for path in ("/DeriveKey", "/prpc/GetKey", "/prpc/Tappd.GetQuote", "/Info"):
            self.assertEqual(404, dt.unix_request(self.tappd_socket, "POST", path, {}).status)

    def test_a_derived_key_is_the_bytes_of_get_key(self):
        one, two = self.tappd("DeriveKey", path="a"), self.tappd("DeriveKey", path="a")
        self.assertEqual(one["key"], two["key"])
        self.assert_chain(one["certificate_chain"])
        text = self.openssl("pkey", "-noout", "-text", stdin=one["key"])
        scalar = text.split("priv:")[1].split("pub:")[0].replace(":", "").split()
        self.assertEqual(self.call("GetKey", path="a")["key"], "".join(scalar).zfill(64)[-64:])
        random = {self.tappd("DeriveKey", path="a", random_seed=True)["key"] for _ in range(2)}
        self.assertEqual(3, len(random | {one["key"]}))

    def test_tdx_quote_hashes_with_a_prefix(self):
        content = b"test content"
        reply = self.tappd("TdxQuote", report_data=content.hex())
        self.assertEqual(("sha512", "app-data"), (reply["hash_algorithm"], reply["prefix"]))
        self.assertEqual(hashlib.sha512(b"app-data:" + content).digest(),
                         gt.quote_report_data(bytes.fromhex(reply["quote"])))
        reply = self.tappd("TdxQuote", report_data=content.hex(), hash_algorithm="sha3-256",
                           prefix="mine")
        self.assertEqual(("sha3-256", "mine"), (reply["hash_algorithm"], reply["prefix"]))
        self.assertEqual(hashlib.sha3_256(b"mine:" + content).digest() + bytes(32),
                         gt.quote_report_data(bytes.fromhex(reply["quote"])))
        self.assertEqual("Unsupported hash algorithm",
                         self.tappd("TdxQuote", 400, hash_algorithm="md5")["error"])

    def test_raw_quotes_take_exactly_64_bytes(self):
        data = bytes(range(64))
        for reply in (self.tappd("RawQuote", report_data=data.hex()),
                      self.tappd("TdxQuote", report_data=data.hex(), hash_algorithm="raw")):
            self.assertEqual(data, gt.quote_report_data(bytes.fromhex(reply["quote"])))
            self.assertEqual(("raw", ""), (reply["hash_algorithm"], reply["prefix"]))
        for size in (63, 65):
            self.assertEqual("Report data must be 64 bytes",
                             self.tappd("RawQuote", 400, report_data="00" * size)["error"])

    def test_info_and_version_are_those_of_the_other_socket(self):
        self.assertEqual(self.call("Info"), self.tappd("Info"))
        self.assertEqual(self.call("Version"), self.tappd("Version"))

    def test_faults_reach_the_new_methods(self):
        self.begin("--fail", "RawQuote:error:1", "--fail", "GetTlsKey:500:1",
                   "--fail", "Sign:garbage:1")
        self.tappd("RawQuote", 400, report_data="00" * 64)
        self.tappd("RawQuote", report_data="00" * 64)
        self.call("GetTlsKey", 500)
        self.assertRaises(ValueError, self.call, "Sign")


if __name__ == "__main__":
    unittest.main()
