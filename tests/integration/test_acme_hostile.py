#!/usr/bin/env python3
"""An ACME server that answers wrongly: each answer ends the try with its code, and nothing more."""
import http.server
import json
import os
import ssl
import threading
import time
import unittest

import devproof_testing as dt
import gateway_testing as gt
from attested_side import NAME
from core_support import make_cert

NONCE = {"Replay-Nonce": "abc"}
TOGETHER = 8


class Directory:
    """Serves replies: {path: (status, fields, body)}; a body that is a dict is sent as JSON."""

    def __init__(self, test, cert, key):
        self.ca_file, self.replies, self.seen = cert, {}, []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                outer.seen.append((self.path, self.rfile.read(length)))
                status, fields, body = outer.replies.get(self.path, (404, {}, b""))
                body = json.dumps(body).encode() if isinstance(body, dict) else body
                self.send_response(status)
                for name, value in {**NONCE, **fields, "Content-Length": len(body)}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)
            do_GET = do_HEAD = do_POST = answer

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        test.addCleanup(self.server.server_close)
        test.addCleanup(self.server.shutdown)

    def good(self):
        """Replies that lead to the end but for the certificate."""
        url = self.url
        return {
            "/dir": (200, {}, {"newNonce": f"{url}/nonce", "newAccount": f"{url}/account",
                               "newOrder": f"{url}/order"}),
            "/nonce": (200, {}, b""),
            "/account": (201, {"Location": f"{url}/account/1"}, {"status": "valid"}),
            "/order": (201, {"Location": f"{url}/order/1"}, self.order("pending")),
            "/authz": (200, {}, self.authorization("valid")),
            "/finalize": (200, {}, {**self.order("valid"), "certificate": f"{url}/cert"}),
            "/cert": (200, {}, b"no certificate"),
        }

    def order(self, status):
        return {"status": status, "finalize": f"{self.url}/finalize",
                "authorizations": [f"{self.url}/authz"]}

    def authorization(self, status, name=NAME, token="t", kind="tls-alpn-01"):
        return {"status": status, "identifier": {"type": "dns", "value": name},
                "challenges": [{"type": kind, "url": f"{self.url}/challenge",
                                "token": token, "status": status}]}


class Hostile(gt.GatewayTestCase):
    def setUp(self):
        self.cert = make_cert(self.path(""), "acme")
        self.simulator, self.app = self.start_simulator(), self.start_sample_app()
        self.chain_file = self.path("chain.pem")

    def asking(self, path, reply):
        """A gateway whose directory gives good replies but for one; and the directory. In the reply,
        a function is called with the directory."""
        directory = Directory(self, *self.cert)
        directory.replies = {**directory.good(), path: reply(directory) if callable(reply) else reply}
        return directory, self.start_gateway({
            "listeners": [{"address": "127.0.0.1:0", "names": [NAME]}],
            "tls": {"certificates": [{"name": NAME, "chain_file": self.chain_file}]},
            "acme": {"directory": f"{directory.url}/dir", "ca_file": directory.ca_file,
                     "terms_agreed": True, "names": [NAME]}},
            self.simulator, self.app, name=f"gateway-{len(self.programs)}")

    def assert_ends(self, gateway, code, words):
        """The first try of a gateway ends so, and it is served on without."""
        event = dt.wait_for(lambda: self.log_events(gateway, "acme-failed"), "the end of a try")[0]
        self.assertIn(f"code={code} ", event)
        self.assertIn(words, event)
        self.assert_counted(self.metrics(gateway), event, code)
        self.assertIn(gt.QUOTE_OID, gt.certificate_parts(self.leaf(gateway, NAME))[1])
        gateway.stop()

    def assert_counted(self, count, event, code):
        """Under its code alone, and the next try is when the log says."""
        prefix = "devproof_gateway_acme_"
        self.assertEqual(1, count.get(prefix + "tries_total", result=code))
        self.assertEqual(1, count.sum(prefix + "tries_total"))
        self.assertNotIn((prefix + "last_issued_timestamp_seconds", frozenset()),
                         count.samples)
        pause = int(event.rsplit("retry_s=", 1)[1])
        self.assertAlmostEqual(time.time() + pause, delta=30, second=count.get(
            prefix + "next_try_timestamp_seconds"))

    def test_each_wrong_answer_has_its_code(self):
        problem = {"type": "urn:ietf:params:acme:error:rateLimited", "detail": "slow\ndown \"x\""}
        bad_nonce = {"type": "urn:ietf:params:acme:error:badNonce"}
        rows = [
            ("/dir", (500, {}, b""), "acme-refused", "status 500"),
            ("/dir", lambda d: (302, {"Location": f"{d.url}/other"}, b""), "acme-refused", "status 302"),
            ("/dir", (200, {}, b"<html>"), "acme-reply", "directory"),
            ("/dir", (200, {}, b" " * 70000), "acme-transport", "no reply"),
            ("/account", (200, {}, {}), "acme-reply", "its URL is missing"),
            ("/account", (200, {"Location": "http://a/1"}, {}), "acme-reply", "its URL is missing"),
            ("/account", (429, {}, problem), "acme-refused", "rateLimited: slow"),
            ("/account", (400, {}, bad_nonce), "acme-refused", "badNonce"),
            ("/account", (200, {"Replay-Nonce": 'a"b'}, {}), "acme-reply", "account"),
            ("/order", (201, {}, {"status": "pending"}), "acme-reply", "order"),
            ("/authz", lambda d: (200, {}, d.authorization("valid", "other.test")), "acme-reply",
             "another name"),
            ("/authz", lambda d: (200, {}, d.authorization("pending", kind="dns-01")), "acme-answer",
             "does not offer"),
            ("/authz", lambda d: (200, {}, d.authorization("pending", token="../../x")), "acme-reply",
             "authorization"),
            ("/authz", lambda d: (200, {}, d.authorization("invalid")), "acme-answer",
             "given the name up"),
            ("/finalize", lambda d: (200, {}, d.order("invalid")), "acme-refused", "does not issue"),
            ("/cert", (200, {}, b"no certificate"), "acme-chain", ""),
        ]
        # Side by side: a gateway begins to ask when it has been there for two seconds.
        for at in range(0, len(rows), TOGETHER):
            some = rows[at:at + TOGETHER]
            asking = [self.asking(path, reply) for path, reply, *_ in some]
            for (path, _, code, words), (directory, gateway) in zip(some, asking):
                with self.subTest(path=path, code=code, words=words):
                    self.assert_ends(gateway, code, words)
                    self.assertNotIn("/other", [path for path, _ in directory.seen])
        self.assertFalse(os.path.exists(self.chain_file))

    def test_the_caa_record_is_told_whole_or_not_at_all(self):
        for meta, words in (
                ({"meta": {"caaIdentities": ["ca.test"]}},
                 f'record="{NAME}. CAA 0 issue \\"ca.test; validationmethods=tls-alpn-01; accounturi='),
                ({}, 'parameters="validationmethods=tls-alpn-01; accounturi=')):
            _, gateway = self.asking("/dir", lambda d, meta=meta: (
                200, {}, {**d.good()["/dir"][2], **meta}))
            event = dt.wait_for(lambda g=gateway: self.log_events(g, "acme-caa"), "the event")[0]
            self.assertIn(words, event)
            self.assertEqual(not meta, 'detail="the directory names no caaIdentities' in event)
            self.assertNotIn("AUTHORITY", event)


if __name__ == "__main__":
    unittest.main()
