"""The simulator as a program: its methods, its refusals, its faults, its determinism."""
import hashlib
import http.client
import json
import re
import signal
import socket
import subprocess
import unittest
import urllib.parse

import devproof_testing as dt

FMSPC = "53494d303030"


def pem_count(text):
    return text.count("-----BEGIN CERTIFICATE-----")


class Methods(dt.TestCase):
    def setUp(self):
        self.simulator = self.start_simulator()

    def call(self, path, body=None, **kwargs):
        method = "GET" if body is None else "POST"
        return dt.unix_request(self.simulator.socket, method, path, body, **kwargs)

    def test_version(self):
        self.assertEqual("0.6.0", self.call("/Version", {}).json()["version"])

    def test_get_and_post_give_the_same_key(self):
        posted = self.call("/GetKey", {"path": "/a b", "purpose": "p"}).json()
        self.assertEqual(posted, self.call("/GetKey?path=%2Fa+b&purpose=p").json())
        self.assertEqual([130, 130], [len(s) for s in posted["signature_chain"]])

    def test_the_path_alone_makes_the_key(self):
        keys = {self.call("/GetKey", args).json()["key"] for args in (
            {"path": "x"}, {"path": "x", "purpose": "other"},
            {"path": "x", "algorithm": "ed25519"}, {"path": "x", "algorithm": "k256"})}
        self.assertEqual(1, len(keys))
        self.assertNotIn(self.call("/GetKey", {"path": "y"}).json()["key"], keys)

    def test_unknown_fields_are_ignored(self):
        self.assertEqual(200, self.call("/GetKey", {"path": "x", "later": 1}).status)

    def test_quote_carries_the_padded_report_data(self):
        reply = self.call("/GetQuote", {"report_data": "0x1234"}).json()
        self.assertEqual("1234" + "00" * 62, reply["report_data"])
        self.assertEqual(bytes.fromhex(reply["report_data"]),
                         bytes.fromhex(reply["quote"])[568:632])
        self.assertIsInstance(json.loads(reply["event_log"]), list)
        self.assertIn("os_image_hash", json.loads(reply["vm_config"]))

    def test_report_data_has_at_most_64_bytes(self):
        self.assertEqual(200, self.call("/GetQuote", {"report_data": "ab" * 64}).status)
        reply = self.call("/GetQuote", {"report_data": "ab" * 65})
        self.assertEqual((400, "Report data is too long"), (reply.status, reply.json()["error"]))

    def test_event_log_replays_to_the_quote(self):
        reply = self.call("/GetQuote", {}).json()
        registers = [bytes(48)] * 4
        for event in json.loads(reply["event_log"]):
            digest = bytes.fromhex(event["digest"])
            if event["imr"] == 3:
                preimage = b"\x01\x00\x00\x08:" + event["event"].encode() + b":" + \
                    bytes.fromhex(event["event_payload"])
                self.assertEqual(hashlib.sha384(preimage).digest(), digest)
            registers[event["imr"]] = hashlib.sha384(registers[event["imr"]] + digest).digest()
        quote = bytes.fromhex(reply["quote"])
        self.assertEqual(registers, [quote[376 + 48 * i:424 + 48 * i] for i in range(4)])

    def test_info_is_consistent(self):
        info = self.call("/Info", {}).json()
        tcb = json.loads(info["tcb_info"])
        compose_hash = hashlib.sha256(tcb["app_compose"].encode()).hexdigest()
        self.assertEqual({compose_hash}, {info["compose_hash"], tcb["compose_hash"]})
        self.assertEqual(compose_hash[:40], info["app_id"])
        self.assertEqual(3, pem_count(info["app_cert"]))
        payloads = {e["event"]: e["event_payload"] for e in tcb["event_log"]}
        self.assertEqual(compose_hash, payloads["compose-hash"])
        self.assertEqual(info["instance_id"], payloads["instance-id"])
        self.assertEqual(info["key_provider_info"],
                         bytes.fromhex(payloads["key-provider"]).decode())
        with open(self.simulator.kms_file, encoding="utf-8") as f:
            kms = json.load(f)
        spki = bytes.fromhex(json.loads(info["key_provider_info"])["id"])
        self.assertEqual(kms["ca_spki_sha256"], hashlib.sha256(spki).hexdigest())

    def test_refusals_are_json(self):
        for path, body, headers in (
                ("/GetQuote", {"report_data": "xyz"}, None),
                ("/GetQuote", {"report_data": 7}, None),
                ("/GetKey", {"algorithm": "rsa"}, None),
                ("/GetKey", "{", {"Content-Type": "application/json"}),
                ("/GetKey", "{}", {"Content-Type": "application/octet-stream"})):
            reply = self.call(path, body, headers=headers)
            self.assertEqual(400, reply.status, (path, body))
            self.assertTrue(reply.json()["error"])
        for path in ("/EmitEvent", "/", "/DstackGuest.GetKey", "/TdxQuote", "/prpc/Tappd.Info"):
            self.assertEqual(404, self.call(path, {}).status, path)

    def test_one_connection_carries_many_calls(self):
        connection = dt.UnixConnection(self.simulator.socket)
        self.addCleanup(connection.close)
        for path in ("/Version", "/GetQuote", "/GetTlsKey", "/Nothing", "/Version"):
            reply = dt.exchange(connection, "GET", path)
            self.assertEqual(str(len(reply.body)), reply.headers["Content-Length"])
        self.assertIsNotNone(connection.sock)

    def test_pipelined_calls_are_answered_in_order(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(dt.DEADLINE_S)
            s.connect(self.simulator.socket)
            s.sendall(b"GET /GetQuote HTTP/1.1\r\nHost: x\r\n\r\n"
                      b"GET /Version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = dt.receive_all(s)
        self.assertEqual(2, answer.count(b"HTTP/1.1 200 OK"))
        self.assertLess(answer.index(b"vm_config"), answer.index(b"0.6.0"))

    def test_garbage_gets_a_400_and_the_end(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(dt.DEADLINE_S)
            s.connect(self.simulator.socket)
            s.sendall(b"\x16\x03\x01\x02\x00 no http\r\n\r\n")
            self.assertTrue(dt.receive_all(s).startswith(b"HTTP/1.1 400 "))


class Collateral(dt.TestCase):
    def setUp(self):
        self.simulator = self.start_simulator("--now", "1790000000")

    def get(self, path):
        return dt.http_request(self.simulator.pccs + path)

    def test_every_document_comes_with_its_chain(self):
        for path, header in (
                ("/sgx/certification/v4/pckcrl?ca=platform&encoding=der",
                 "SGX-PCK-CRL-Issuer-Chain"),
                (f"/tdx/certification/v4/tcb?fmspc={FMSPC}", "TCB-Info-Issuer-Chain"),
                ("/tdx/certification/v4/qe/identity?update=standard",
                 "SGX-Enclave-Identity-Issuer-Chain")):
            reply = self.get(path)
            self.assertEqual(200, reply.status, path)
            chain = urllib.parse.unquote(reply.headers[header])
            self.assertEqual(2, pem_count(chain))
            with open(self.simulator.root_file, encoding="utf-8") as f:
                self.assertTrue(chain.endswith(f.read()))

    def test_documents_are_compact_and_dated(self):
        text = self.get(f"/tdx/certification/v4/tcb?fmspc={FMSPC.upper()}").body.decode()
        document = json.loads(text)
        self.assertEqual(text, json.dumps(document, separators=(",", ":")))
        self.assertEqual("2026-09-21T14:12:20Z", document["tcbInfo"]["issueDate"])
        self.assertEqual("2026-10-21T14:13:20Z", document["tcbInfo"]["nextUpdate"])

    def test_root_crl_is_hex_and_openssl_reads_it(self):
        der = bytes.fromhex(self.get("/sgx/certification/v4/rootcacrl").body.decode())
        done = subprocess.run(["openssl", "crl", "-inform", "DER", "-noout", "-CAfile",
                               self.simulator.root_file], input=der, capture_output=True,
                              check=False)
        self.assertIn(b"verify OK", done.stderr)

    def test_what_is_not_there_is_404(self):
        for path in ("/tdx/certification/v4/tcb?fmspc=000000000000", "/",
                     f"/sgx/certification/v4/tcb?fmspc={FMSPC}", "/tdx/certification/v4/tcb",
                     "/sgx/certification/v4/pckcrl?ca=processor&encoding=der",
                     "/sgx/certification/v4/qe/identity"):
            self.assertEqual(404, self.get(path).status, path)

    def test_revoked_serials_are_on_the_right_list(self):
        for what, path in (("pck", "/sgx/certification/v4/pckcrl?ca=platform"),
                           ("platform-ca", "/sgx/certification/v4/rootcacrl")):
            plain, revoked = (
                dt.http_request(self.start_simulator(*options).pccs + path).body
                for options in ([], ["--revoke", what]))
            self.assertGreater(len(revoked), len(plain) + 20, what)


class Faults(dt.TestCase):
    def connect(self, *faults):
        options = [o for fault in faults for o in ("--fail", fault)]
        return self.start_simulator(*options).socket

    def test_refusals(self):
        path = self.connect("GetKey:error", "Info:500")
        for call, status in (("/GetKey", 400), ("/Info", 500), ("/Version", 200)):
            reply = dt.unix_request(path, "POST", call, {})
            self.assertEqual((status, status == 200), (reply.status, "error" not in reply.json()))

    def test_garbage_is_no_json(self):
        reply = dt.unix_request(self.connect("any:garbage"), "POST", "/Version", {})
        self.assertEqual(200, reply.status)
        self.assertRaises(ValueError, reply.json)

    def test_truncated_bodies_end_early(self):
        path = self.connect("any:truncated")
        for call in ("/GetQuote", "/GetKey"):
            with self.assertRaises(http.client.IncompleteRead) as caught:
                dt.unix_request(path, "POST", call, {})
            self.assertGreater(len(caught.exception.partial), 0)
            self.assertGreater(caught.exception.expected, 0)

    def test_close_gives_no_byte(self):
        with self.assertRaises(http.client.RemoteDisconnected):
            dt.unix_request(self.connect("GetQuote:close"), "POST", "/GetQuote", {})

    def test_hang_keeps_the_connection_open(self):
        path = self.connect("Info:hang")
        with self.assertRaises(TimeoutError):
            dt.unix_request(path, "POST", "/Info", {}, timeout=0.3)
        self.assertEqual(200, dt.unix_request(path, "POST", "/Version", {}).status)

    def test_a_count_fails_the_first_calls_only(self):
        path = self.connect("GetQuote:500:2")
        self.assertEqual([500, 500, 200], [
            dt.unix_request(path, "POST", "/GetQuote", {}).status for _ in range(3)])


class Quotes(dt.TestCase):
    def test_quotes_are_made_one_by_one(self):
        delay_ms = 150
        simulator = self.start_simulator("--quote-delay-ms", str(delay_ms))
        connections = [dt.UnixConnection(simulator.socket) for _ in range(3)]
        for connection in connections:
            self.addCleanup(connection.close)
            connection.request("GET", "/GetQuote")
        for connection in connections:
            self.assertEqual(200, connection.getresponse().status)
        made = [tuple(map(int, m)) for m in
                re.findall(r"quote \d+ begin_ms=(\d+) end_ms=(\d+)", simulator.log())]
        self.assertEqual(3, len(made))
        for begin, end in made:
            self.assertGreaterEqual(end - begin, delay_ms)
        for (_, end), (begin, _) in zip(made, made[1:]):
            self.assertGreaterEqual(begin, end)

    def test_a_caller_that_leaves_does_not_stop_the_queue(self):
        simulator = self.start_simulator("--quote-delay-ms", "100")
        gone, stays = (dt.UnixConnection(simulator.socket) for _ in range(2))
        gone.request("GET", "/GetQuote")
        stays.request("GET", "/GetQuote")
        gone.close()
        self.assertEqual(200, stays.getresponse().status)
        stays.close()

    def test_the_end_comes_at_once_while_quotes_wait(self):
        simulator = self.start_simulator("--quote-delay-ms", "60000")
        connection = dt.UnixConnection(simulator.socket)
        self.addCleanup(connection.close)
        connection.request("GET", "/GetQuote")
        self.assertEqual(200, dt.unix_request(simulator.socket, "GET", "/Version").status)
        self.assertEqual(0, simulator.stop(signal.SIGINT))

    def test_debug_is_in_the_attributes(self):
        for options, low_byte in (((), 0), (("--td-debug",), 1)):
            simulator = self.start_simulator(*options)
            quote = dt.unix_request(simulator.socket, "GET", "/GetQuote").json()["quote"]
            self.assertEqual(low_byte, bytes.fromhex(quote)[168])


class Determinism(dt.TestCase):
    def observe(self, *options):
        simulator = self.start_simulator(*options)
        with open(simulator.root_file, "rb") as root, open(simulator.kms_file, "rb") as kms:
            seen = {"root": root.read(), "kms": kms.read()}
        seen["key"] = dt.unix_request(simulator.socket, "GET", "/GetKey?path=a").body
        quote = dt.unix_request(simulator.socket, "GET", "/GetQuote").json()["quote"]
        seen["os"] = quote[2 * 184:2 * 232] + quote[2 * 376:2 * 520]
        seen["rtmr3"] = quote[2 * 520:2 * 568]
        seen["attestation key"] = quote[2 * 700:2 * 764]
        self.assertEqual(0, simulator.stop())
        return seen

    def differing(self, a, b):
        return {name for name in a if a[name] != b[name]}

    def test_one_seed_is_one_platform_with_fresh_attestation_keys(self):
        self.assertEqual({"attestation key"}, self.differing(self.observe(), self.observe()))

    def test_another_seed_is_another_platform_with_the_same_os(self):
        self.assertEqual({"root", "kms", "key", "rtmr3", "attestation key"},
                         self.differing(self.observe(), self.observe("--seed", "01")))

    def test_another_os_forges_the_same_events(self):
        self.assertEqual({"os", "attestation key"},
                         self.differing(self.observe(), self.observe("--os-seed", "02")))

    def test_keys_outlive_an_upgrade_with_a_fixed_app_id(self):
        app_id = ["--app-id", "11" * 20]
        files = [self.write(f"{n}.json", json.dumps({"name": n})) for n in ("one", "two")]
        one, two = (self.observe("--app-compose", f, *app_id) for f in files)
        self.assertEqual({"rtmr3", "attestation key"}, self.differing(one, two))
        self.assertIn("key", self.differing(one, self.observe("--app-compose", files[0])))


class CommandLine(dt.TestCase):
    def test_exit_codes(self):
        program = dt.built("dstack-simulator")
        sock = ["--socket", self.path("s")]
        for options, code in ((["--help"], 0), (["--version"], 0), ([], 2), (["--what"], 2),
                              ([*sock, "--replay", self.folder], 1),
                              ([*sock, "--quote-version", "6"], 2),
                              ([*sock, "--app-compose", self.path("none")], 1),
                              ([*sock, "--app-compose", self.write("bad", "no json")], 1),
                              ([*sock, "--pccs", "nowhere"], 1)):
            self.assertEqual(code, self.run_program([program, *options]).returncode, options)

    def test_a_socket_in_use_is_an_error_and_a_stale_one_is_not(self):
        first = self.start_simulator()
        second = self.run_program([dt.built("dstack-simulator"), "--socket", first.socket])
        self.assertEqual(1, second.returncode)
        self.assertIn("address already in use", second.stderr)
        first.expect_exit = None
        first.stop(signal.SIGKILL)
        self.start([dt.built("dstack-simulator"), "--socket", first.socket])


if __name__ == "__main__":
    unittest.main()
