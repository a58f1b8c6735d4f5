#!/usr/bin/env python3
"""What the log tells of a failure is counted too."""
import signal
import unittest

import devproof_testing as dt
import gateway_testing as gt

P = "devproof_gateway_"
NONCE = "ab" * 32


class Failures(gt.GatewayTestCase):
    def wait_count(self, gateway, name, at_least=1, **labels):
        return dt.wait_for(lambda: self.metrics(gateway).get(P + name, **labels) >= at_least,
                           f"{name} {labels}")

    def test_nothing_is_counted_where_nothing_fails(self):
        gateway = self.start_all()
        self.wait_count(gateway, "collateral_fetches_total", result="ok")
        m = self.metrics(gateway)
        for name in ("log_lines_lost_total", "takeover_events_total", "nonces_failed_total",
                     "certificate_file_errors_total", "acme_tries_total", "workers_stuck"):
            self.assertIn(P + name, m.types)
            self.assertEqual(0, m.sum(P + name), name)
        self.assertEqual(0, m.get(P + "collateral_fetches_total", result="failed"))
        for absent in ("acme_last_issued_timestamp_seconds", "acme_next_try_timestamp_seconds"):
            self.assertNotIn((P + absent, frozenset()), m.samples)

    def test_lines_of_the_access_log_on_a_full_disk(self):
        with open("/dev/full", "wb", buffering=0) as full:
            gateway = self.start_gateway({"threads": 1}, self.start_simulator(),
                                         self.start_sample_app(), stdout=full)
        client = gt.Client(gateway.port)
        self.addCleanup(client.close)
        while not self.log_events(gateway, "access-log-full"):
            for _ in range(50):
                self.assertEqual(200, client.ask("/").status)
        self.wait_count(gateway, "log_lines_lost_total", log="access")
        before = self.metrics(gateway).get(P + "log_lines_lost_total", log="access")
        for _ in range(20):
            client.ask("/")
        # One more or less: a line comes after its answer, and a shorter one may still fit.
        self.wait_count(gateway, "log_lines_lost_total", before + 19, log="access")
        m = self.metrics(gateway)
        self.assertLessEqual(m.get(P + "log_lines_lost_total", log="access"), before + 21)
        self.assertEqual(0, m.get(P + "log_lines_lost_total", log="diagnostics"))

    def test_closed_standard_files_are_nobody_elses(self):
        """Else the first sockets have their numbers, and the lines of a log go to a peer."""
        file = self.write_gateway_config(None, self.start_simulator(), self.start_sample_app(),
                                         "closed.json")
        gateway = self.start(["sh", "-c", 'exec "$0" "$@" <&- >&-',
                              dt.built("devproof-gateway"), "--config", file])
        self.learn_addresses(gateway)
        self.assertEqual(200, self.ask(gateway, "/").status)
        gateway.stop()
        self.assertEqual([], self.log_events(gateway, "access-log-full"))

    def test_lines_of_diagnostics_on_a_full_disk(self):
        file = self.write_gateway_config(None, self.start_simulator(), None, "full.json")
        gateway = self.start(["sh", "-c", 'exec "$0" "$@" 2>/dev/full',
                              dt.built("devproof-gateway"), "--config", file])
        self.learn_addresses(gateway)
        self.wait_count(gateway, "log_lines_lost_total", 3, log="diagnostics")
        self.assertEqual(0, self.metrics(gateway).get(P + "log_lines_lost_total", log="access"))

    def test_a_chain_file_that_cannot_be_used(self):
        chain = self.write("chain.pem", "no certificate")
        gateway = self.start_all({"tls": {"certificates": [
            {"name": "a.test", "chain_file": chain}]}})
        self.assertEqual(1, len(self.log_events(gateway, "certificate-file")))
        self.assertEqual(1, self.metrics(gateway).get(P + "certificate_file_errors_total"))
        gateway.process.send_signal(signal.SIGHUP)
        self.wait_count(gateway, "certificate_file_errors_total", 2)

    def test_collateral_that_cannot_be_fetched(self):
        gateway = self.start_gateway({"evidence": {
            "collateral_url": f"http://127.0.0.1:{self.closed_port()}"}}, self.start_simulator())
        self.wait_count(gateway, "collateral_fetches_total", 2, result="failed")
        m = self.metrics(gateway)
        self.assertEqual(0, m.get(P + "collateral_fetches_total", result="ok"))
        self.assertNotIn(P + "collateral_expiry_timestamp_seconds", m.types)

    def test_a_nonce_without_a_quote(self):
        gateway = self.start_all()
        self.simulator.stop()
        reply = self.ask(gateway, gt.WELL_KNOWN + "binding?nonce=" + NONCE)
        self.assert_error(reply, 503, "agent-unavailable")
        self.wait_count(gateway, "nonces_failed_total")
        m = self.metrics(gateway)
        self.assertEqual((0, 1), (m.get(P + "nonces_quoted_total"),
                                  m.get(P + "nonces_failed_total")))
        self.assertEqual(1, len(self.log_events(gateway, "nonce-quote-failed")))

    def test_each_layer_of_the_sandbox(self):
        confined = self.start_all()
        layers = self.readiness(confined)[1]["sandbox"]
        self.assertEqual({k: float(v == "on") for k, v in layers.items()},
                         self.layers_on(confined))
        self.assertIn("on", layers.values())
        free = self.start_gateway(None, self.simulator, self.app, options=("--no-sandbox",))
        self.assertEqual((0, 0), (self.layers_on(free)["files"], self.layers_on(free)["syscalls"]))

    def layers_on(self, gateway):
        return {dict(labels)["layer"]: v for (name, labels), v in
                self.metrics(gateway).samples.items() if name == P + "sandbox_on"}

    def test_successors_that_come_and_go(self):
        self.simulator = self.start_simulator()
        gateway = self.start_gateway(None, self.simulator, None, name="first",
                                     options=("--control", self.path("control")))
        other = self.start_gateway({"threads": 7}, self.simulator, None, ready=False,
                                   name="other", options=("--takeover", self.path("control")))
        other.expect_exit = 1
        self.wait_count(gateway, "takeover_events_total", state="refused")
        following = self.start_gateway(None, self.simulator, None, name="second",
                                       options=("--takeover", self.path("control")))
        self.assertEqual(0, gateway.wait_exit())
        self.wait_count(following, "takeover_events_total", state="done")
        m = self.metrics(following)
        self.assertEqual(1, m.get(P + "takeover_events_total", state="done"))
        self.assertEqual(1, m.sum(P + "takeover_events_total"))


if __name__ == "__main__":
    unittest.main()
