#!/usr/bin/env python3
"""`devproof connect --mode proxy`: the client names the far side, the proxy demands its proof."""
import http.client
import json
import unittest

import devproof_testing as dp
from attested_side import NAME
from shim_support import ShimTestCase

OTHER = "other.example.test"


class ShimProxy(ShimTestCase):
    def start_proxy(self, policy, *resolves, options=()):
        argv = [dp.built("devproof"), "connect", "--listen", "127.0.0.1:0", "--mode", "proxy",
                "--policy", policy, "--collateral-url", self.simulator.pccs, "--timeout", "20",
                "--retry", "0", *options]
        for resolve in resolves:
            argv += ["--resolve", resolve]
        shim = self.start(argv)
        shim.address = shim.ready["listen"]
        return shim

    def ask(self, shim, url, method="GET", body=None, headers=None):
        """One request in absolute form on a connection of its own."""
        connection = http.client.HTTPConnection(shim.address, timeout=dp.DEADLINE_S)
        try:
            return dp.exchange(connection, method, url, body, headers)
        finally:
            connection.close()

    def connect(self, shim, where, early=b""):
        peer = self.dial(shim)
        peer.send(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n\r\n".encode() + early)
        head = peer.head()
        return peer, int(head.split(b" ")[1]), head

    def test_each_request_goes_to_the_host_it_names(self):
        self.start_side()
        second = self.start_sample_app(name="second")
        gateway = self.start_gateway(self.simulator, second)
        policy = self.init_policy()
        policy["config"].append(self.init_policy(gateway.port)["config"][0])
        shim = self.start_proxy(self.policy_file(policy), f"{NAME}:443:127.0.0.1:{self.port}",
                                f"{OTHER}:9443:127.0.0.1:{gateway.port}")
        origin = f"http://{NAME}"
        reply = self.ask(shim, f"http://{NAME}/echo?a", "POST", b"hi",
                         {"Origin": origin, "Referer": f"{origin}/x", "Proxy-Authorization": "x"})
        self.assertEqual(200, reply.status)
        seen = {k.lower(): v for k, v in reply.json()["headers"]}
        self.assertEqual((NAME, f"https://{NAME}", f"https://{NAME}/x"),
                         (seen["host"], seen["origin"], seen["referer"]))
        self.assertNotIn("proxy-authorization", seen)
        self.assertEqual(0, dp.http_request(f"{second.url}/stats").json()["requests"])
        reply = self.ask(shim, f"http://{OTHER.upper()}:9443/echo")
        self.assertEqual(f"{OTHER}:9443",
                         {k.lower(): v for k, v in reply.json()["headers"]}["host"])

    def test_curl_uses_it_as_its_proxy(self):
        self.start_side()
        shim = self.start_proxy(self.policy_file(self.init_policy()),
                                f"{NAME}:443:127.0.0.1:{self.port}")
        page = self.run_program(["curl", "-s", "-x", f"http://{shim.address}", f"http://{NAME}/"])
        self.assertIn("It works", page.stdout)
        tls = self.run_program(["curl", "-sk", "-x", f"http://{shim.address}", f"https://{NAME}/"])
        self.assertNotEqual(0, tls.returncode)
        self.assertEqual("", tls.stdout)

    def test_other_forms_are_refused(self):
        self.start_side()
        shim = self.start_proxy(self.policy_file(self.init_policy()))
        for url in ("/", f"https://{NAME}/", "http://a_b/", "http://a..b/", "http://a:0/"):
            reply = self.ask(shim, url)
            self.assertEqual((400, "proxy-form"), (reply.status, reply.json()["error"]["code"]),
                             url)
        self.assertEqual(0, self.app_bytes())

    def test_a_refused_host_gets_nothing_and_the_others_go_on(self):
        self.start_side()
        gateway = self.start_gateway(self.simulator, self.app, evidence={
            "collateral_url": self.simulator.pccs, "lifetime_s": 1800})
        shim = self.start_proxy(self.policy_file(self.init_policy()),
                                f"{NAME}:443:127.0.0.1:{self.port}",
                                f"{OTHER}:443:127.0.0.1:{gateway.port}")
        before = self.app_bytes()
        reply = self.ask(shim, f"http://{OTHER}/secret", "POST", b"secret")
        self.assertEqual((502, "config-not-pinned"), (reply.status, reply.json()["error"]["code"]))
        self.assertIn(f"refused config-not-pinned: {OTHER}: ", shim.log())
        self.assertEqual(before, self.app_bytes())
        self.assertEqual(200, self.ask(shim, f"http://{NAME}/").status)

    def test_connect_opens_a_verified_stream(self):
        self.start_tcp_side()
        shim = self.start_proxy(self.tcp_policy(), f"{NAME}:5432:127.0.0.1:{self.port}")
        peer, status, _ = self.connect(shim, f"{NAME}:5432", b"early ")
        self.assertEqual(200, status)
        peer.send(b"late")
        self.assertEqual(b"early late", peer.exactly(10))
        peer.half_close()
        self.assertEqual(b"", peer.rest())
        peer, status, _ = self.connect(shim, f"{NAME}:5432")
        self.assertEqual(200, status)
        dp.wait_for(lambda: self.backend.count == 2, "the second stream")
        with self.assertRaises(ConnectionResetError):
            peer.send(b"\x16\x03\x01\x02\x00")
            peer.exactly(1)

    def test_connect_refusals_are_answers(self):
        self.start_tcp_side()
        policy = self.tcp_policy()
        web = self.start_gateway(self.simulator, self.app)
        wrong = self.change(policy, "wrong.json", config=["00" * 32])
        shim = self.start_proxy(wrong, f"{NAME}:443:127.0.0.1:{self.port}",
                                f"{OTHER}:443:127.0.0.1:{web.port}")
        for host, code in ((NAME, "config-not-pinned"), (OTHER, "upstream-tls"),
                           ("127.0.0.1", "upstream-refused")):
            where = f"{host}:{443 if '.test' in host else self.closed_port()}"
            peer, status, head = self.connect(shim, where, b"GET /early HTTP/1.1\r\n\r\n")
            self.assertEqual(502, status, head)
            self.assertEqual(code, json.loads(peer.body(head))["error"]["code"])
            self.assertEqual(b"", peer.rest(), "the early bytes are no request")
        self.assertEqual(0, self.backend.count)

    def test_hosts_are_bounded(self):
        self.start_side()
        shim = self.start_proxy(self.policy_file(self.init_policy()),
                                f"{NAME}:443:127.0.0.1:{self.port}")
        closed = self.closed_port()
        for i in range(128):
            self.assertEqual(502, self.ask(shim, f"http://127.0.0.{i + 1}:{closed}/").status)
        reply = self.ask(shim, f"http://{NAME}/")
        self.assertEqual((503, "proxy-hosts"), (reply.status, reply.json()["error"]["code"]))
        self.assertEqual(502, self.ask(shim, f"http://127.0.0.1:{closed}/").status)

    def test_usage(self):
        self.start_side()
        policy = self.policy_file(self.init_policy())
        for argv in (["--mode", "proxy", "--policy", policy, "--target", "a:1"],
                     ["--mode", "tcp", "--policy", policy], ["--mode", "proxy"],
                     ["--mode", "proxy", "--policy", policy, "--listen", "0.0.0.0:0"]):
            self.assertEqual(2, self.devproof("connect", *argv).returncode, argv)


if __name__ == "__main__":
    unittest.main()
