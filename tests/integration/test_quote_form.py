"""Nonces that quotes answer: `session?assurance=quote`, `binding?nonce=`, and their budget."""
import base64
import hashlib
import json
import os
import resource
import time
import unittest

import devproof_testing as dt
import gateway_testing as gt
from gateway_testing import WELL_KNOWN

SESSION, FRESH = "session?assurance=quote&nonce=", "binding?nonce="


def nonce():
    return os.urandom(32).hex()


def request(target):
    return f"GET {WELL_KNOWN}{target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


class QuoteTestCase(gt.GatewayTestCase):
    def quotes(self):
        """How many quotes the machine has made."""
        return self.simulator.log().count("quote ")

    def statement(self, gateway):
        body = self.ask(gateway, WELL_KNOWN + "binding").json()
        return hashlib.sha256(base64.b64decode(body["statement"])).digest()

    def assert_fresh(self, body, asked):
        """As a verifier checks `fresh`: nonce, place in the tree, report data, log."""
        fresh, statement = body["fresh"], base64.b64decode(body["statement"])
        quote = bytes.fromhex(fresh["quote"])
        self.assertEqual(asked, fresh["nonce"])
        value = gt.preimage("devproof/binding/v1", hashlib.sha256(statement).digest(),
                            bytes.fromhex(asked))
        self.assertEqual(gt.batch_report_data(value, fresh), gt.quote_report_data(quote))
        self.assertEqual(gt.quote_rtmr3(quote), gt.replay(fresh["event_log"]))
        self.assertEqual(bytes.fromhex(body["quote"])[184:568], quote[184:568])


class Replies(QuoteTestCase):
    def setUp(self):
        self.gateway = self.start_all()

    def test_a_fresh_binding_is_the_binding_and_the_proof(self):
        asked = nonce()
        plain = self.ask(self.gateway, WELL_KNOWN + "binding").json()
        reply = self.ask(self.gateway, WELL_KNOWN + FRESH + asked)
        body = reply.json()
        self.assertEqual([*plain, "fresh"], list(body))
        self.assertEqual(["nonce", "quote", "event_log", "index", "size", "path"],
                         list(body["fresh"]))
        self.assertEqual(plain, {k: v for k, v in body.items() if k != "fresh"})
        self.assert_fresh(body, asked)
        self.assertEqual(("no-store", None, str(len(reply.body))),
                         (reply.headers["Cache-Control"], reply.headers["ETag"],
                          reply.headers["Content-Length"]))

    def test_the_quote_form_is_the_signature_form_and_the_proof(self):
        asked = nonce()
        body = self.ask(self.gateway, WELL_KNOWN + SESSION + asked).json()
        self.assertEqual(["v", "statement_sha256", "nonce", "kind", "signature", "quote",
                          "event_log", "index", "size", "path"], list(body))
        self.assertEqual((1, self.statement(self.gateway).hex(), asked, "quote", 128),
                         (body["v"], body["statement_sha256"], body["nonce"], body["kind"],
                          len(body["signature"])))

    def test_a_head_request_gets_the_head_of_the_answer(self):
        reply = self.ask(self.gateway, WELL_KNOWN + SESSION + nonce(), "HEAD")
        self.assertEqual((200, b""), (reply.status, reply.body))
        self.assertGreater(int(reply.headers["Content-Length"]), 10000)

    def test_without_an_agent_there_is_no_quote(self):
        self.simulator.stop()
        for target in (SESSION, FRESH):
            reply = self.ask(self.gateway, WELL_KNOWN + target + nonce())
            self.assert_error(reply, 503, "agent-unavailable")
            self.assertIn("Retry-After", reply.headers)
        # What needs no new quote is served on.
        self.assertEqual(200, self.ask(self.gateway, WELL_KNOWN + "binding").status)
        self.assertEqual(200, self.ask(self.gateway,
                                       WELL_KNOWN + "session?nonce=" + nonce()).status)

    def test_quotes_for_nonces_can_be_switched_off(self):
        gateway = self.start_gateway({"evidence": {"nonce_quotes": False}}, self.simulator,
                                     self.app)
        for target in (SESSION, FRESH):
            reply = self.ask(gateway, WELL_KNOWN + target + nonce())
            self.assert_error(reply, 400, "bad-query")
        self.assertEqual(200, self.ask(gateway, WELL_KNOWN + "session?nonce=" + nonce()).status)


class Budget(QuoteTestCase):
    def start_slow(self, delay_ms, config=None):
        self.gateway = self.start_all(config, "--quote-delay-ms", str(delay_ms))

    def test_a_thousand_that_wait_cost_three_quotes(self):
        clients = 1000
        self.raise_open_files(2 * clients + 200)
        self.start_slow(2000)
        context, asked = dt.insecure_context(), [nonce() for _ in range(clients)]
        sockets = [dt.tls_connect("127.0.0.1", self.gateway.port, context=context, timeout=60)
                   for _ in range(clients)]
        before, begin = self.quotes(), time.monotonic()
        # One in ten asks for a fresh binding: all go through one tree.
        for i, (sock, n) in enumerate(zip(sockets, asked)):
            sock.sendall(request((FRESH if i % 10 == 0 else SESSION) + n))
        asking = time.monotonic() - begin
        trees = {}
        for i, (sock, n) in enumerate(zip(sockets, asked)):
            body = self.reply(sock)
            sock.close()
            proof = body["fresh"] if i % 10 == 0 else body
            self.assertEqual(n, proof["nonce"])
            if i % 10 == 0:
                self.assert_fresh(body, n)
            trees.setdefault((proof["quote"], proof["size"]), set()).add(proof["index"])
        # One for the first, and one for who asked meanwhile; more where asking takes longer than a quote.
        self.assertLessEqual(self.quotes() - before, 3 + asking // 2)
        # Each leaf of each tree was given to one client.
        self.assertEqual(clients, sum(size for _, size in trees))
        for (_, size), indexes in trees.items():
            self.assertEqual(set(range(size)), indexes)

    def reply(self, sock):
        with sock.makefile("rb") as f:
            status = f.readline().split(b" ")[1]
            length = 0
            while (line := f.readline()) != b"\r\n":
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            body = f.read(length)
        self.assertEqual(b"200", status, body)
        return json.loads(body)

    def raise_open_files(self, need):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < need:
            self.skipTest(f"RLIMIT_NOFILE {hard} < {need}")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, need), hard))

    def test_one_connection_gets_one_nonce_a_second(self):
        self.gateway = self.start_all()
        flooder, other = gt.Client(self.gateway.port), gt.Client(self.gateway.port)
        self.assertEqual(200, flooder.ask(WELL_KNOWN + SESSION + nonce()).status)
        before, refused = self.quotes(), 0
        for target in (SESSION, FRESH) * 10:
            reply = flooder.ask(WELL_KNOWN + target + nonce())
            if reply.status == 200:  # a second may have gone by
                continue
            self.assert_error(reply, 429, "quote-budget")
            self.assertEqual("1", reply.headers["Retry-After"])
            refused += 1
        self.assertGreater(refused, 0)
        self.assertLessEqual(self.quotes() - before, 20 - refused)
        # Nobody else pays, and what needs no quote is not counted.
        self.assertEqual(200, other.ask(WELL_KNOWN + SESSION + nonce()).status)
        self.assertEqual(200, flooder.ask(WELL_KNOWN + "session?nonce=" + nonce()).status)
        flooder.close()
        other.close()

    def test_clients_that_leave_harm_nobody(self):
        self.start_slow(400)
        before, begin = self.quotes(), time.monotonic()
        for _ in range(3):
            leaving = [dt.tls_connect("127.0.0.1", self.gateway.port) for _ in range(20)]
            for sock in leaving:
                sock.sendall(request(SESSION + nonce()))
            for sock in leaving:
                sock.close()
        asking = time.monotonic() - begin
        self.assertEqual(200, self.ask(self.gateway, WELL_KNOWN + SESSION + nonce()).status)
        self.assertLessEqual(self.quotes() - before, 4 + asking // 0.4)

    def test_the_end_of_the_process_waits_for_the_quote_in_the_making(self):
        self.start_slow(1000)
        with dt.tls_connect("127.0.0.1", self.gateway.port) as sock:
            sock.sendall(request(SESSION + nonce()))
            # The only one is not gathered: its quote is begun at once.
            dt.wait_for(lambda: self.metrics(self.gateway).get("devproof_gateway_nonces_waiting") == 1,
                        "the nonce")
            self.assertEqual(0, self.gateway.stop())
            self.assertEqual(b"200", dt.receive_all(sock).split(b" ")[1])


if __name__ == "__main__":
    unittest.main()
