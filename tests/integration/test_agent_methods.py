"""GetTlsKey, Attest, Sign, Verify and EmitEvent, at the simulator's socket."""
import hashlib
import json
import unittest

import agent_formats as formats
import devproof_testing as dt
import gateway_testing as gt
from agent_side import AgentTestCase

USAGE, APP_ID, QUOTE, EVENT_LOG, ATTESTATION, APP_INFO = 4, 3, 1, 2, 8, 9


class TlsKey(AgentTestCase):
    def setUp(self):
        self.begin()

    def test_the_key_is_fresh_and_its_chain_ends_in_the_kms_root(self):
        one, two = self.call("GetTlsKey"), self.call("GetTlsKey")
        self.assertNotEqual(one["key"], two["key"])
        self.assertEqual(3, len(one["certificate_chain"]))
        self.assert_chain(one["certificate_chain"])
        key = self.public_der("pkey", stdin=one["key"])
        self.assertEqual(key, self.public_der("x509", "-noout", stdin=one["certificate_chain"][0]))
        with open(self.simulator.kms_file, encoding="utf-8") as f:
            root = self.public_der("x509", "-noout", stdin=one["certificate_chain"][2])
            self.assertEqual(json.load(f)["ca_spki_sha256"], hashlib.sha256(root).hexdigest())

    def test_a_plain_leaf_says_little(self):
        leaf = self.call("GetTlsKey")["certificate_chain"][0]
        text = self.openssl("x509", "-noout", "-text", stdin=leaf)
        self.assertIn("Not Before: Jan  1 00:00:00 1975 GMT", text)
        self.assertIn("Digital Signature\n", text)
        for absent in ("Alternative Name", "Extended Key Usage", "Authority Key", "CRL"):
            self.assertNotIn(absent, text)
        info = self.call("Info")
        self.assertEqual({APP_ID: bytes.fromhex(info["app_id"]), USAGE: b"app:custom"},
                         self.payloads(leaf))
        self.assertEqual(b"app:ca",
                         self.payloads(self.call("GetTlsKey")["certificate_chain"][1])[USAGE])

    def test_every_wish_is_in_the_leaf(self):
        leaf = self.call("GetTlsKey", subject="me", alt_names=["a.example", "10.1.2.3", "::1"],
                         usage_server_auth=True, usage_client_auth=True, not_before=1700000000,
                         not_after=1800000000)["certificate_chain"][0]
        text = self.openssl("x509", "-noout", "-text", stdin=leaf)
        self.assertRegex(text, "Subject: CN ?= ?me\n")
        for present in ("DNS:a.example, IP Address:10.1.2.3, "
                        "IP Address:0:0:0:0:0:0:0:1", "TLS Web Server Authentication, "
                        "TLS Web Client Authentication", "Not Before: Nov 14 22:13:20 2023 GMT",
                        "Not After : Jan 15 08:00:00 2027 GMT"):
            self.assertIn(present, text)

    def test_ra_tls_binds_the_key(self):
        reply = self.call("GetTlsKey", usage_ra_tls=True)
        spki = self.public_der("pkey", stdin=reply["key"])
        attestation = formats.read_attestation(
            self.payloads(reply["certificate_chain"][0])[ATTESTATION])
        expected = hashlib.sha512(b"ratls-cert:" + spki).digest()
        self.assertEqual(expected, attestation["report_data"])
        self.assertEqual(expected, gt.quote_report_data(attestation["quote"]))
        self.assertEqual({3}, {e["imr"] for e in attestation["event_log"]})
        self.assertEqual({b""}, {e["digest"] for e in attestation["event_log"]})

    def test_app_info_is_an_array_of_nine(self):
        leaf = self.call("GetTlsKey", with_app_info=True)["certificate_chain"][0]
        info, values = self.call("Info"), formats.read_msgpack(self.payloads(leaf)[APP_INFO])
        self.assertEqual(9, len(values))
        self.assertEqual([info[n] for n in ("app_id", "compose_hash", "instance_id", "device_id")],
                         [v.hex() for v in values[:4]])
        self.assertEqual([info[n] for n in ("mr_aggregated", "os_image_hash")],
                         [v.hex() for v in values[5:7]])
        self.assertEqual((info["key_provider_info"].encode(), None), tuple(values[7:]))

    def test_wrong_wishes_are_refused(self):
        for wish in ({"not_before": 5, "not_after": 5}, {"alt_names": "a"}, {"alt_names": [1]},
                     {"alt_names": ["x"] * 65}, {"usage_ra_tls": "maybe"}, {"not_after": -1},
                     {"not_before": 10 ** 12}):
            self.assertTrue(self.call("GetTlsKey", 400, **wish)["error"], wish)
        self.assertEqual("not_before must be earlier than not_after",
                         self.call("GetTlsKey", 400, not_before=2, not_after=1)["error"])


class Evidence(AgentTestCase):
    def test_old_agents_use_the_old_extensions(self):
        self.begin("--ratls-evidence", "legacy")
        reply = self.call("GetTlsKey", usage_ra_tls=True)
        payloads = self.payloads(reply["certificate_chain"][0])
        self.assertEqual({QUOTE, EVENT_LOG, APP_ID, USAGE}, set(payloads))
        self.assertEqual(gt.quote_rtmr3(payloads[QUOTE]),
                         gt.replay(json.loads(payloads[EVENT_LOG])))
        self.assertEqual(self.call("GetQuote")["event_log"].encode(), payloads[EVENT_LOG])

    def test_attest_gives_the_whole_log(self):
        for options, version in (((), 0), (("--event-log-version", "2"), 1)):
            with self.subTest(version=version):
                self.begin(*options)
                attestation = bytes.fromhex(self.call("Attest", report_data="abcd")["attestation"])
                self.assertEqual(0x00 if version == 0 else 0x83, attestation[0])
                read = formats.read_attestation(attestation)
                quote = self.call("GetQuote", report_data="abcd")
                self.assertNotIn("attestation", quote)
                self.assertEqual(bytes.fromhex(quote["report_data"]), read["report_data"])
                self.assertEqual(quote["vm_config"], read["config"])
                log = json.loads(quote["event_log"])
                self.assertEqual(log, [formats.as_json(e) for e in read["event_log"]])
                self.assertEqual([(e["event"], e["event_payload"]) for e in log if e["imr"] == 3],
                                 [(e["event"], e["payload"].hex())
                                  for e in read["runtime_events"]])
        self.assertEqual("Report data is too long",
                         self.call("Attest", 400, report_data="00" * 65)["error"])

    def test_gpu_info_is_empty_without_a_gpu(self):
        self.begin()
        self.assertEqual({"attestation": ""}, self.call("GpuInfo"))


class Events(AgentTestCase):
    def test_without_the_switch_there_is_no_such_method(self):
        self.begin()
        before = self.call("GetQuote")["event_log"]
        self.assertEqual("Service not found",
                         self.call("EmitEvent", 404, event="x", payload="00")["error"])
        self.assertEqual(before, self.call("GetQuote")["event_log"])

    def test_an_event_is_in_every_later_quote(self):
        for options, version in (((), 1), (("--event-log-version", "2"), 2)):
            self.begin("--emit-event", *options)
            before = self.call("GetQuote")
            aggregated = self.call("Info")["mr_aggregated"]
            reply = dt.unix_request(self.socket, "POST", "/EmitEvent",
                                    {"event": "compose-hash \"x\"", "payload": "0xAB"})
            self.assertEqual((200, b"null"), (reply.status, reply.body))
            after = self.call("GetQuote")
            log = json.loads(after["event_log"])
            self.assertEqual(json.loads(before["event_log"]), log[:-1])
            self.assertEqual(("compose-hash \"x\"", "ab", version),
                             (log[-1]["event"], log[-1]["event_payload"],
                              log[-1].get("version", 1)))
            register = hashlib.sha384(gt.quote_rtmr3(bytes.fromhex(before["quote"])) +
                                      bytes.fromhex(log[-1]["digest"])).digest()
            self.assertEqual(register, gt.quote_rtmr3(bytes.fromhex(after["quote"])))
            self.assertNotEqual(aggregated, self.call("Info")["mr_aggregated"])

    def test_the_log_has_an_end(self):
        self.begin("--emit-event")
        statuses = [dt.unix_request(self.socket, "POST", "/EmitEvent", {"event": "e"}).status
                    for _ in range(60)]
        self.assertEqual({200, 400}, set(statuses))
        log = self.call("GetQuote")["event_log"]
        self.assertEqual(gt.replay(json.loads(log)),
                         gt.quote_rtmr3(bytes.fromhex(self.call("GetQuote")["quote"])))


class Signing(AgentTestCase):
    def setUp(self):
        self.begin()

    def test_what_is_signed_verifies_and_nothing_else(self):
        digest = hashlib.sha256(b"abc").hexdigest()
        for algorithm, data, other in (("secp256k1", "616263", "616264"), ("k256", "", "00"),
                                       ("ed25519", "616263", "616264"),
                                       ("secp256k1_prehashed", digest, "11" * 32)):
            made = self.call("Sign", algorithm=algorithm, data=data)
            self.assertEqual(made["signature"], made["signature_chain"][0])
            self.assertEqual([128, 130, 130], [len(s) for s in made["signature_chain"]])
            known = {"algorithm": algorithm, "signature": made["signature"],
                     "public_key": made["public_key"]}
            self.assertTrue(self.call("Verify", data=data, **known)["valid"], algorithm)
            self.assertFalse(self.call("Verify", data=other, **known)["valid"], algorithm)

    def test_prehashed_is_the_same_signature(self):
        plain = self.call("Sign", algorithm="secp256k1", data="616263")
        hashed = self.call("Sign", algorithm="secp256k1_prehashed",
                           data=hashlib.sha256(b"abc").hexdigest())
        self.assertEqual(plain, hashed)

    def test_what_is_malformed_is_an_error(self):
        good = self.call("Sign", algorithm="ed25519", data="00")
        k256 = self.call("Sign", algorithm="secp256k1", data="00")
        for method, arguments in (
                ("Sign", {"algorithm": "rsa"}), ("Sign", {"algorithm": "secp256k1", "data": "0"}),
                ("Sign", {"algorithm": "secp256k1_prehashed", "data": "00" * 31}),
                ("Verify", {"algorithm": "ed25519", "public_key": good["public_key"],
                            "signature": "00" * 63}),
                ("Verify", {"algorithm": "ed25519", "public_key": good["public_key"][2:],
                            "signature": good["signature"]}),
                ("Verify", {"algorithm": "secp256k1", "public_key": "05" + "11" * 32,
                            "signature": k256["signature"]}),
                ("Verify", {"algorithm": "secp256k1", "public_key": k256["public_key"],
                            "signature": "ff" * 64})):
            self.assertTrue(self.call(method, 400, **arguments)["error"], (method, arguments))


if __name__ == "__main__":
    unittest.main()
