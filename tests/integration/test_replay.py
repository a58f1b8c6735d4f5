"""dstack's own agent fixtures, replayed: the gateway runs against them, no client accepts them.

What dstack's simulators serve is inconsistent: their quotes are real, but the report data is
overwritten, so the signature is wrong, and the compose file is not the measured one. The collateral
of tests/fixtures/dcap is of the same platform (FMSPC B0C06F000000), valid in July 2025.
"""
import hashlib
import json
import os
import unittest

import devproof_testing as dp
import gateway_testing as gt
from attested_side import NAME, ClientTestCase

FIXTURES = os.environ.get("DEVPROOF_FIXTURES") or os.path.join(dp.source_dir(), "tests/fixtures")
COLLATERAL = os.path.join(FIXTURES, "dcap", "tdx_quote_collateral.json")
JULY_2025 = "1752000000"
FOLDERS = {"simulator-0.5.3": "0x8f2cf602c9695b23130367ed78d8f557554de7c5",
           "simulator-0.6": "0xa7f6043c29f9cc1d9d6acf554c53e0c6792aaeaf"}
POLICY = {"tcb": {"accept": ["UpToDate"]}}


class Replay(ClientTestCase):
    def replay(self, name, *options):
        folder = os.path.join(FIXTURES, "dstack", name)
        self.socket = self.path(f"{len(self.programs)}.sock")
        return self.start([dp.built("dstack-simulator"), "--socket", self.socket, "--replay",
                           folder, *options])

    def call(self, method, **arguments):
        return dp.unix_request(self.socket, "POST", f"/{method}", arguments).json()

    def recorded_vectors(self, name):
        with open(os.path.join(FIXTURES, "dstack", "vectors.json"), encoding="utf-8") as f:
            return next(v for v in json.load(f)["getkey"]
                        if v["kms_root_address"].lower() == FOLDERS[name])

    def start_gateway_on_replay(self, publish):
        config = {"listeners": [{"address": "127.0.0.1:0", "names": [NAME]}], "admin": {"address": "127.0.0.1:0"},
                  "insecure_agent_endpoint": self.socket,
                  "evidence": {"collateral_url": "", "publish_compose": publish},
                  "upstreams": {"app": {"servers": ["127.0.0.1:9"]}}}
        return self.start([dp.built("devproof-gateway"), "--config-json", json.dumps(config)],
                          ready=not publish)

    def judge(self, quote, *options):
        """(exit code, code) of an offline verdict with the collateral of July 2025."""
        path = self.write("quote.bin", quote)
        done = self.devproof("quote", "verify", "--quote", path, "--collateral", COLLATERAL,
                             "--json", *options)
        report = json.loads(done.stdout)
        self.steps = {step["step"]: step["result"] for step in report["steps"]}
        return done.returncode, report["code"]

    def test_keys_and_chains_are_the_published_ones(self):
        for name in FOLDERS:
            replay = self.replay(name)
            for key in self.recorded_vectors(name)["keys"]:
                made = self.call("GetKey", path=key["path"], purpose=key["purpose"],
                                 algorithm=key["algorithm"])
                self.assertEqual((key["private_key"],
                                  [key["signature_chain_0"], key["signature_chain_1"]]),
                                 (made["key"], made["signature_chain"]))
            replay.stop()

    def test_each_release_answers_as_it_did(self):
        for name, status, members in (
                ("simulator-0.5.3", 404, {"quote", "event_log", "report_data"}),
                ("simulator-0.6", 200, {"quote", "event_log", "report_data", "vm_config"})):
            replay = self.replay(name)
            self.assertEqual(status, dp.unix_request(self.socket, "POST", "/Version", {})
                             .status)
            reply = self.call("GetQuote", report_data="ab" * 64)
            self.assertEqual(members, set(reply))
            self.assertEqual("ab" * 64, bytes.fromhex(reply["quote"])[568:632].hex())
            info = self.call("Info")
            tcb = json.loads(info["tcb_info"])
            self.assertNotEqual(hashlib.sha256(tcb["app_compose"].encode()).hexdigest(),
                                info["compose_hash"])
            self.assertEqual(2, len(self.call("GetTlsKey")["certificate_chain"]))
            replay.stop()

    def test_the_gateway_shows_nobody_a_compose_file_that_is_not_the_measured_one(self):
        for name in FOLDERS:
            replay = self.replay(name)
            gateway = self.start_gateway_on_replay(publish=True)
            dp.wait_for(lambda log=gateway.log: log().count("evidence-failed") >= 2, "two rounds")
            self.assertIn("code=compose-hash ", gateway.log())
            self.assertNotIn("listening", gateway.log())
            gateway.stop()
            replay.stop()

    def test_without_the_compose_file_it_runs_and_no_client_accepts_it(self):
        for name in FOLDERS:
            replay = self.replay(name)
            self.gateway = self.start_gateway_on_replay(publish=False)
            self.port = dp.split_address(self.gateway.ready["listeners"][0])[1]
            connection = gt.Client(self.port, NAME)
            self.addCleanup(connection.close)
            binding = dp.exchange(connection, "GET", gt.WELL_KNOWN + "binding").json()
            quote = bytes.fromhex(binding["quote"])
            self.assertIsNone(binding["app_compose"])
            self.assertEqual(gt.quote_rtmr3(quote), gt.replay(binding["event_log"]))
            if name == "simulator-0.5.3":
                self.assertEqual((10, "quote-signature-invalid"),
                                 self.judge(quote, "--now", JULY_2025))
            self.assertEqual((10, "refused", "collateral-missing"), self.verdict())
            self.gateway.stop()
            replay.stop()

    def verdict(self):
        """What the client says of the gateway under Intel's root, with no collateral to be had."""
        pccs = f"http://127.0.0.1:{self.closed_port()}"
        done = self.devproof("verify", f"https://{NAME}/", "--json", "--policy",
                             self.policy_file(POLICY), "--resolve",
                             f"{NAME}:443:127.0.0.1:{self.port}", "--collateral-url", pccs)
        report = json.loads(done.stdout)
        return done.returncode, report["verdict"], report["code"]

    def test_the_quote_as_it_was_published_is_genuine(self):
        self.replay("simulator-0.5.3")
        quote = bytes.fromhex(self.call("GetQuote")["quote"])
        self.assertEqual(bytes(64), gt.quote_report_data(quote))
        # Every signature is right; the machine's firmware was too old even then.
        self.assertEqual((10, "tcb-not-supported"), self.judge(quote, "--now", JULY_2025))
        self.assertEqual("pass", self.steps["quote"])
        self.assertEqual((10, "quote-signature-invalid"),
                         self.judge(quote[:568] + b"\x01" + quote[569:], "--now", JULY_2025))
        self.assertEqual("fail", self.steps["quote"])

    def test_no_collateral_of_the_newer_quote_s_time_is_published(self):
        self.replay("simulator-0.6")
        quote = bytes.fromhex(self.call("GetQuote")["quote"])
        self.assertEqual((10, "pck-expired"), self.judge(quote, "--now", JULY_2025))


if __name__ == "__main__":
    unittest.main()
