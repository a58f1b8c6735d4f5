"""The gateway behind an agent that speaks tappd's API alone, and behind agents that are too old."""
import base64
import json
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import devproof_testing as dt
import gateway_testing as gt
from attested_side import NAME, ClientTestCase
from gateway_testing import WELL_KNOWN


class OldAgent:
    """A TCP front of tappd's socket that changes or refuses answers, as older releases did."""

    def __init__(self, path, refuse=(), change=None, status=404):
        owner = self
        self.calls = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                owner.calls.append(self.path)
                name = self.path.rpartition(".")[2]
                if not self.path.startswith("/prpc/") or name in refuse:
                    code, answer = status, b'{"error":"Service not found"}'
                else:
                    reply = dt.unix_request(path, "POST", self.path, json.loads(body))
                    code, answer = reply.status, reply.body
                    if change:
                        answer = json.dumps(change(name, json.loads(answer))).encode()
                self.send_response(code)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def info_of_0_3(name, answer):
    """Info without what 0.3 and 0.4 did not say."""
    if name != "Info":
        return answer
    tcb = json.loads(answer["tcb_info"])
    for key in ("compose_hash", "os_image_hash", "device_id"):
        tcb.pop(key)
    tcb["rootfs_hash"] = "00" * 32
    return {"app_id": answer["app_id"], "tcb_info": json.dumps(tcb), "app_cert": ""}


class Tappd(gt.GatewayTestCase):
    def start_tappd(self, *options):
        self.tappd = self.path("tappd.sock")
        return self.start_simulator("--tappd-socket", self.tappd, *options)

    def old_agent(self, **kwargs):
        agent = OldAgent(self.tappd, **kwargs)
        self.addCleanup(agent.close)
        return agent

    def config(self, endpoint):
        return {"insecure_agent_endpoint": endpoint, "evidence": {"collateral_url": ""}}

    def statement(self, gateway):
        binding = self.ask(gateway, WELL_KNOWN + "binding").json()
        return json.loads(base64.b64decode(binding["statement"]))

    def test_both_sockets_give_the_same_identity(self):
        simulator = self.start_tappd()
        new = self.start_gateway(self.config(simulator.socket), name="new")
        old = self.start_gateway(self.config(self.tappd), name="old")
        self.assertIn("agent-api api=dstack", new.log())
        self.assertIn("agent-api api=tappd", old.log())
        self.assertEqual(["dstack", "tappd"], [self.readiness(g)[1]["agent"]["api"]
                                               for g in (new, old)])
        one, two = (self.statement(g) for g in (new, old))
        own = {k for k in one if one[k] != two[k]}
        self.assertIn("tls_keys", set(one) - own)
        self.assertLessEqual(own, {"session_key", "issued_at", "not_after", "config_sha256"}, (one, two))
        self.assertEqual(gt.certificate_parts(self.leaf(new))[0],
                         gt.certificate_parts(self.leaf(old))[0])

    def test_info_may_lack_what_the_log_tells(self):
        self.start_tappd()
        agent = self.old_agent(change=info_of_0_3)
        gateway = self.start_gateway(self.config(agent.url))
        log = self.ask(gateway, WELL_KNOWN + "binding").json()["event_log"]
        payloads = {e["event"]: e["event_payload"] for e in log if e["imr"] == 3}
        statement = json.dumps(self.statement(gateway))
        for event in ("app-id", "compose-hash", "instance-id"):
            self.assertIn(f'"{payloads[event]}"', statement, event)
        self.assertEqual(1, agent.calls.count("/Info"))
        self.assertEqual("/prpc/Tappd.Info", agent.calls[1])

    def refused(self, agent, code):
        file = self.write("old.json", json.dumps(gt.merge(self.config(agent.url), {
            "listeners": [{"address": "127.0.0.1:0"}],
            "admin": {"address": "127.0.0.1:0"},
            "upstreams": {"app": {"servers": ["127.0.0.1:9"]}}})))
        gateway = self.start([dt.built("devproof-gateway"), "--config", file], name="old",
                             ready=False)
        dt.wait_for(lambda: len(self.log_events(gateway, "evidence-failed")) >= 2, "two rounds")
        self.wait_admin(gateway)
        self.assertEqual((503, [code]), (self.readiness(gateway)[0],
                                         self.readiness(gateway)[1]["reasons"]))
        self.assertNotIn("listening", gateway.log())
        return gateway

    def test_an_agent_without_info_is_too_old(self):
        self.start_tappd()
        gateway = self.refused(self.old_agent(refuse=("Info",)), "agent-too-old")
        self.assertEqual("unknown", self.readiness(gateway)[1]["agent"]["api"])

    def test_an_agent_without_derivable_keys_is_too_old(self):
        self.start_tappd()
        agent = self.old_agent(refuse=("DeriveK256Key",))
        gateway = self.refused(agent, "agent-too-old")
        self.assertEqual("tappd", self.readiness(gateway)[1]["agent"]["api"])
        self.assertNotIn("/prpc/Tappd.DeriveKey", agent.calls)

    def test_a_release_that_says_400_for_an_unknown_method_is_understood(self):
        self.start_tappd()
        agent = self.old_agent(status=400)
        gateway = self.start_gateway(self.config(agent.url))
        self.assertIn("agent-api api=tappd", gateway.log())

    def test_every_fault_of_every_method_is_survived(self):
        codes = {"error": "agent-error", "garbage": "agent-reply", "hang": "agent-timeout"}
        for method in ("Info", "DeriveK256Key", "RawQuote"):
            for kind, code in codes.items():
                with self.subTest(method=method, kind=kind):
                    simulator = self.start_tappd("--fail", f"{method}:{kind}:1")
                    gateway = self.start_gateway(
                        gt.merge(self.config(self.tappd), {"agent": {"timeout_ms": 300}}),
                        name=f"{method}-{kind}")
                    self.assertIn(f"code={code} ", gateway.log())
                    gateway.stop()
                    simulator.stop()


class Client(ClientTestCase):
    def test_a_client_accepts_a_gateway_behind_tappd(self):
        tappd = self.path("tappd.sock")
        self.start_side("--tappd-socket", tappd, insecure_agent_endpoint=tappd)
        self.assertIn("agent-api api=tappd", self.gateway.log())
        code, report = self.verify(self.policy_file(self.init_policy()))
        self.assertEqual((0, "accepted", NAME), (code, report["verdict"], NAME))


if __name__ == "__main__":
    unittest.main()
