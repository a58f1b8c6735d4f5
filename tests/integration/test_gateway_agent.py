"""The guest agent and the collateral service: missing, failing, coming back."""
import os
import unittest

import devproof_testing as dt
import gateway_testing as gt
from gateway_testing import WELL_KNOWN

AGENT_CODES = {"error": "agent-error", "500": "agent-error", "truncated": "agent-reply",
               "garbage": "agent-reply", "close": "agent-reply", "hang": "agent-timeout"}
METHODS = ("Info", "GetKey", "GetQuote")


class Agent(gt.GatewayTestCase):
    def ready_after_failures(self, gateway, code):
        """The gateway says why it is not ready, and serves once the agent works."""
        gateway.wait_ready()
        self.learn_addresses(gateway)
        self.assertEqual(200, self.readiness(gateway)[0])
        self.assertIn(f"code={code} ", gateway.log())
        self.assertEqual(200, self.ask(gateway, WELL_KNOWN + "binding").status)

    def start_waiting(self, config, name):
        """A gateway whose agent is not there yet, with its admin listener."""
        file = self.write(f"{name}.json", gt.json.dumps(gt.merge(config, {
            "listeners": [{"address": "127.0.0.1:0"}],
            "admin": {"address": "127.0.0.1:0"},
            "upstreams": {"app": {"servers": ["127.0.0.1:9"]}}})))
        ready = self.path(f"{name}.ready")
        gateway = self.start([dt.built("devproof-gateway"), "--config", file,
                              "--ready-file", ready], name=name, ready=False)
        gateway.ready_file = ready
        self.wait_admin(gateway)
        return gateway

    def test_a_missing_agent_is_waited_for(self):
        path = self.path("late.sock")
        gateway = self.start_waiting({"insecure_agent_endpoint": path,
                                      "evidence": {"collateral_url": ""}}, "gateway")
        dt.wait_for(lambda: "agent-unavailable" in gateway.log(), "a logged failure")
        status, body = self.readiness(gateway)
        self.assertEqual((503, False, ["agent-unavailable"]),
                         (status, body["ready"], body["reasons"]))
        self.assertEqual("agent-unavailable", body["agent"]["state"])
        self.assertFalse(os.path.exists(gateway.ready_file))
        self.assertEqual(200, dt.http_request(gateway.admin + "/livez").status)
        self.start([dt.built("dstack-simulator"), "--socket", path], name="late")
        self.ready_after_failures(gateway, "agent-unavailable")

    def test_every_fault_of_every_method_is_survived(self):
        for method in METHODS:
            for kind, code in AGENT_CODES.items():
                with self.subTest(method=method, kind=kind):
                    name = f"{method}-{kind}"
                    simulator = self.start_simulator("--fail", f"{method}:{kind}:1", name=f"s{name}")
                    gateway = self.start_gateway(
                        {"agent": {"timeout_ms": 300}, "evidence": {"collateral_url": ""}},
                        simulator, name=f"g{name}")
                    self.ready_after_failures(gateway, code)
                    gateway.stop()
                    simulator.stop()

    def test_an_agent_that_never_works_is_never_served_for(self):
        simulator = self.start_simulator("--fail", "GetQuote:error")
        gateway = self.start_waiting({"insecure_agent_endpoint": simulator.socket}, "gateway")
        dt.wait_for(lambda: len(self.log_events(gateway, "evidence-failed")) >= 3, "three rounds")
        self.assertEqual(["agent-error"], self.readiness(gateway)[1]["reasons"])
        self.assertNotIn("listening", gateway.log())

    def test_the_agent_may_be_a_url(self):
        simulator = self.start_simulator()
        relay = UnixRelay(simulator.socket)
        self.addCleanup(relay.close)
        gateway = self.start_gateway({"insecure_agent_endpoint": f"http://127.0.0.1:{relay.port}",
                                      "evidence": {"collateral_url": ""}})
        self.assertEqual(200, self.ask(gateway, WELL_KNOWN + "binding").status)


class UnixRelay(dt.TcpRelay):
    """A TCP port that leads to a unix socket."""

    def __init__(self, path):
        self.unix_path = path
        super().__init__(("127.0.0.1", 0))

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = dt.socket.socket(dt.socket.AF_UNIX)
            server.connect(self.unix_path)
            with self.lock:
                self.open |= {client, server}
            for direction, a, b in (("up", client, server), ("down", server, client)):
                dt.threading.Thread(target=self._pump, args=(direction, a, b), daemon=True).start()


class Collateral(gt.GatewayTestCase):
    def test_a_missing_service_means_null_and_is_asked_again(self):
        port = self.closed_port()
        simulator = self.start_simulator()
        gateway = self.start_gateway(
            {"evidence": {"collateral_url": f"http://127.0.0.1:{port}"}}, simulator)
        self.assertIsNone(self.ask(gateway, WELL_KNOWN + "binding").json()["collateral"])
        self.assertEqual((200, None), (self.readiness(gateway)[0],
                                       self.readiness(gateway)[1]["collateral"]))
        self.assertIn("code=collateral-missing", gateway.log())
        self.start([dt.built("dstack-simulator"), "--socket", self.path("other.sock"),
                    "--pccs", f"127.0.0.1:{port}"], name="service")
        before = self.ask(gateway, WELL_KNOWN + "binding")
        dt.wait_for(lambda: self.ask(gateway, WELL_KNOWN + "binding").json()["collateral"],
                    "collateral in the binding")
        after = self.ask(gateway, WELL_KNOWN + "binding")
        self.assertEqual(before.json()["statement"], after.json()["statement"])
        self.assertNotEqual(before.headers["ETag"], after.headers["ETag"])
        self.assertEqual("ok", self.readiness(gateway)[1]["self_check"]["result"])

    def test_a_bad_verdict_on_oneself_is_told_and_blocks_nothing(self):
        for options, result, tcb in (
                (("--tcb-status", "OutOfDate"), "ok", "OutOfDate"),
                (("--td-debug",), "td-attributes-debug-set", "UpToDate"),
                (("--revoke", "pck"), "pck-revoked", "none")):
            with self.subTest(options=options):
                gateway = self.start_all({}, *options)
                status, body = self.readiness(gateway)
                self.assertEqual((200, result, tcb), (status, body["self_check"]["result"],
                                                      body["self_check"]["tcb"]))
                self.assertEqual(200, self.ask(gateway, "/").status)


if __name__ == "__main__":
    unittest.main()
