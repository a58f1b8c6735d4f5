"""The evidence endpoints: every rule of binding.md section 4 that a client can see."""
import base64
import hashlib
import json
import time
import unittest

import devproof_testing as dt
import gateway_testing as gt
from evidence_rows import METHODS, NONCE, ROWS, SAME, SPELLINGS
from gateway_testing import WELL_KNOWN

STANDARD = {"Content-Type": "application/json", "X-Content-Type-Options": "nosniff",
            "Access-Control-Allow-Origin": "*"}


class Content(gt.GatewayTestCase):
    def setUp(self):
        self.names = ["gw.example.test", "*"]
        self.gateway = self.start_all({"listeners": [{"address": "127.0.0.1:0",
                                                      "names": self.names}], "tls": {"epoch": 2}})
        self.binding = self.ask(self.gateway, WELL_KNOWN + "binding").json()
        self.text = base64.b64decode(self.binding["statement"], validate=True)
        self.statement = json.loads(self.text)
        self.quote = bytes.fromhex(self.binding["quote"])

    def test_binding_has_exactly_the_documented_members(self):
        self.assertEqual(["v", "statement", "quote", "event_log", "vm_config", "app_compose",
                          "collateral"], list(self.binding))
        self.assertEqual(1, self.binding["v"])

    def test_the_quote_commits_to_the_statement_bytes(self):
        self.assertEqual(
            gt.preimage("devproof/binding/v1", hashlib.sha256(self.text).digest(), b""),
            gt.quote_report_data(self.quote))

    def test_the_log_replays_to_the_quote(self):
        self.assertEqual(gt.quote_rtmr3(self.quote), gt.replay(self.binding["event_log"]))

    def test_the_statement_says_who_and_for_how_long(self):
        events = {e["event"]: e["event_payload"] for e in self.binding["event_log"]
                  if e["imr"] == 3}
        s = self.statement
        self.assertEqual((1, events["app-id"], events["compose-hash"], events["instance-id"]),
                         (s["v"], s["app_id"], s["compose_hash"], s["instance_id"]))
        self.assertEqual(3600, s["not_after"] - s["issued_at"])
        self.assertLess(abs(time.time() - s["issued_at"]), 60)
        self.assertEqual("devproof-gateway", s["software"]["name"])
        self.assertEqual(("ed25519", 64), (s["session_key"]["alg"], len(s["session_key"]["pub"])))

    def test_every_epoch_of_every_name_is_listed(self):
        keys = self.statement["tls_keys"]
        self.assertEqual([(n, e, s) for n in self.names
                          for e, s in ((1, "retired"), (2, "current"), (3, "next"))],
                         [(k["name"], k["epoch"], k["state"]) for k in keys])
        self.assertEqual({"getkey"}, {k["origin"] for k in keys})
        self.assertEqual(3, len({k["spki_sha256"] for k in keys}))

    def test_connections_present_the_current_key(self):
        spki, _, _, _ = gt.certificate_parts(self.leaf(self.gateway, "gw.example.test"))
        current = [k for k in self.statement["tls_keys"]
                   if (k["name"], k["state"]) == ("gw.example.test", "current")]
        self.assertEqual([hashlib.sha256(spki).hexdigest()], [k["spki_sha256"] for k in current])

    def test_the_certificate_carries_its_own_evidence(self):
        spki, extensions, begin, end = gt.certificate_parts(self.leaf(self.gateway))
        quote = gt.octets(extensions[gt.QUOTE_OID])
        log = json.loads(gt.octets(extensions[gt.EVENT_LOG_OID]))
        self.assertEqual(hashlib.sha512(b"ratls-cert:" + spki).digest(),
                         gt.quote_report_data(quote))
        self.assertEqual(gt.quote_rtmr3(quote), gt.replay(log))
        self.assertEqual({3}, {e["imr"] for e in log})
        self.assertEqual(86400, end - begin)
        self.assertLess(abs(time.time() - 300 - begin), 60)
        # The same machine in the same state as the statement's quote: MRTD and RTMR0-3.
        self.assertEqual(self.quote[48 + 136:48 + 184], quote[48 + 136:48 + 184])
        self.assertEqual(self.quote[48 + 328:48 + 520], quote[48 + 328:48 + 520])

    def test_quotes_are_cut_at_their_canonical_length(self):
        auth_len = int.from_bytes(self.quote[632:636], "little")
        self.assertEqual(636 + auth_len, len(self.quote))

    def test_the_compose_file_is_the_measured_one(self):
        text = self.binding["app_compose"].encode()
        self.assertEqual(self.statement["compose_hash"], hashlib.sha256(text).hexdigest())

    def test_the_configuration_is_the_hashed_one(self):
        reply = self.ask(self.gateway, WELL_KNOWN + "config")
        self.assertEqual(self.statement["config_sha256"], hashlib.sha256(reply.body).hexdigest())
        self.assertEqual("no-store", reply.headers["Cache-Control"])
        printed = self.run_program([dt.built("devproof-gateway"), "--config",
                                    self.gateway.config_file, "--print-config"])
        self.assertEqual(reply.body.decode(), printed.stdout)

    def test_collateral_is_the_bundle(self):
        self.assertEqual({"pck_crl_issuer_chain", "root_ca_crl", "pck_crl", "tcb_info_issuer_chain",
                          "tcb_info", "tcb_info_signature", "qe_identity_issuer_chain",
                          "qe_identity", "qe_identity_signature"}, set(self.binding["collateral"]))
        status, body = self.readiness(self.gateway)
        self.assertEqual((200, True, []), (status, body["ready"], body["reasons"]))
        self.assertEqual({"result": "ok", "tcb": "UpToDate", "simulated": True},
                         body["self_check"])
        self.assertGreater(body["collateral"]["valid_until"], time.time())


class Rules(gt.GatewayTestCase):
    def setUp(self):
        self.gateway = self.start_all()

    def test_errors_have_their_status_and_code(self):
        client = gt.Client(self.gateway.port)
        for method, path, status, code in ROWS:
            with self.subTest(method=method, path=path):
                reply = client.ask(WELL_KNOWN + path, method)
                self.assert_error(reply, status, code)
                self.assertEqual("no-store", reply.headers["Cache-Control"])
                if status == 405:
                    self.assertEqual("GET, HEAD, OPTIONS", reply.headers["Allow"])
        client.close()

    def test_no_spelling_reaches_the_app(self):
        for path in SPELLINGS:
            with self.subTest(path=path):
                reply = self.raw(self.gateway, f"GET {path} HTTP/1.1\r\nHost: x\r\n"
                                               "Connection: close\r\n\r\n".encode())
                # Some normalise to the path and are evidence's own 200 or 404; the rest is 400.
                self.assertIn(reply.split(b" ")[1], (b"400", b"404"))
        self.assert_app_saw_nothing()

    def assert_app_saw_nothing(self):
        self.assertEqual(0, dt.http_request(self.app.url + "/stats").json()["requests"])

    def test_no_method_reaches_the_app(self):
        client = gt.Client(self.gateway.port)
        for path in SAME + [WELL_KNOWN + p for p in ("binding", "session", "config", "x")]:
            for method in METHODS:
                self.assertIn(client.ask(path, method).status, (200, 204, 400, 404, 405))
        client.close()
        self.assert_app_saw_nothing()

    def test_normalised_spellings_are_the_endpoint(self):
        for path in SAME:
            self.assertEqual(200, self.ask(self.gateway, path).status, path)

    def test_the_prefix_without_its_slash_is_not_found(self):
        self.assert_error(self.ask(self.gateway, WELL_KNOWN[:-1]), 404, "not-found")

    def test_good_replies_carry_the_standard_fields(self):
        for path in ("binding", "config", "session?nonce=" + NONCE, "binding?", "other"):
            reply = self.ask(self.gateway, WELL_KNOWN + path)
            self.assertEqual(STANDARD, {k: reply.headers[k] for k in STANDARD}, path)
            self.assertEqual(len(reply.body), int(reply.headers["Content-Length"]))
            self.assertIsNone(reply.headers["Transfer-Encoding"])
            self.assertIsNone(reply.headers["Access-Control-Allow-Credentials"])

    def test_head_is_get_without_the_body(self):
        client = gt.Client(self.gateway.port)
        for path in ("binding", "config"):
            get, head = (client.ask(WELL_KNOWN + path, m) for m in ("GET", "HEAD"))
            self.assertEqual((200, b""), (head.status, head.body))
            self.assertEqual(get.headers["Content-Length"], head.headers["Content-Length"])
        client.close()

    def test_options_answers_cors(self):
        reply = self.ask(self.gateway, WELL_KNOWN + "binding", "OPTIONS")
        self.assertEqual((204, b"", "GET, HEAD, OPTIONS", "*"),
                         (reply.status, reply.body, reply.headers["Allow"],
                          reply.headers["Access-Control-Allow-Origin"]))
        self.assertIsNone(reply.headers["Content-Length"])

    def test_binding_may_be_cached_for_a_minute(self):
        client = gt.Client(self.gateway.port)
        reply = client.ask(WELL_KNOWN + "binding")
        self.assertEqual("max-age=60", reply.headers["Cache-Control"])
        again = client.ask(WELL_KNOWN + "binding",
                           headers={"If-None-Match": '"x", ' + reply.headers["ETag"]})
        self.assertEqual((304, b""), (again.status, again.body))
        client.close()

    def test_every_host_gets_evidence(self):
        reply = self.ask(self.gateway, WELL_KNOWN + "binding", headers={"Host": "other.test"})
        self.assertEqual(200, reply.status)

    def test_session_names_the_statement_and_the_nonce(self):
        client = gt.Client(self.gateway.port)
        statement = base64.b64decode(client.ask(WELL_KNOWN + "binding").json()["statement"])
        reply = client.ask(WELL_KNOWN + "session?nonce=" + NONCE).json()
        client.close()
        self.assertEqual({"v": 1, "statement_sha256": hashlib.sha256(statement).hexdigest(),
                          "nonce": NONCE, "kind": "signature"},
                         {k: v for k, v in reply.items() if k != "signature"})
        self.assertEqual(128, len(reply["signature"]))

    def test_a_resumed_connection_gets_no_proof(self):
        context = dt.insecure_context()
        first = gt.Client(self.gateway.port, "a.test", context)
        self.assertEqual(200, first.ask(WELL_KNOWN + "session?nonce=" + NONCE).status)
        second = gt.Client(self.gateway.port, "a.test", context, first.sock.session)
        reply = second.ask(WELL_KNOWN + "session?nonce=" + NONCE)
        self.assertTrue(second.sock.session_reused)
        self.assert_error(reply, 409, "session-resumed")
        reply = second.ask(WELL_KNOWN + f"session?nonce={NONCE}&assurance=quote")
        self.assert_error(reply, 409, "session-resumed")
        self.assertEqual(200, second.ask(WELL_KNOWN + "binding").status)
        first.close()
        second.close()


class Publishing(gt.GatewayTestCase):
    def binding(self, gateway):
        return self.ask(gateway, WELL_KNOWN + "binding").json()

    def test_the_compose_file_is_kept_back_on_request(self):
        gateway = self.start_all({"evidence": {"publish_compose": False}})
        self.assertIsNone(self.binding(gateway)["app_compose"])

    def test_a_private_compose_file_is_kept_back(self):
        file = self.write("app-compose.json", json.dumps(
            {"manifest_version": 2, "name": "x", "runner": "docker-compose",
             "docker_compose_file": "", "public_tcbinfo": False}))
        gateway = self.start_all({}, "--app-compose", file)
        self.assertIsNone(self.binding(gateway)["app_compose"])
        self.assertEqual(200, self.ask(gateway, "/").status)

    def test_without_a_service_collateral_is_null(self):
        gateway = self.start_all({"evidence": {"collateral_url": ""}})
        self.assertIsNone(self.binding(gateway)["collateral"])
        self.assertEqual("not-checked", self.readiness(gateway)[1]["self_check"]["result"])


if __name__ == "__main__":
    unittest.main()
