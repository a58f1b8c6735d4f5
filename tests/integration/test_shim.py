#!/usr/bin/env python3
"""The local proxy of `devproof connect`: what it changes, keeps, refuses and never sends."""
import http.client
import json
import signal
import threading
import unittest

import devproof_testing as dp
import hostile_peers as hostile
from attested_side import NAME, ClientTestCase


class Shim(ClientTestCase):
    def start_shim(self, policy_path, port=None, *options):
        shim = self.start([dp.built("devproof"), "connect", "--listen", "127.0.0.1:0", "--target",
                           f"{NAME}:443", "--policy", policy_path, *self.where(port), *options])
        shim.address = shim.ready["listen"]
        shim.url = f"http://{shim.address}"
        return shim

    def setUp(self):
        self.start_side()
        self.policy_path = self.policy_file(self.init_policy())

    def test_requests_pass_with_the_targets_host_and_origin(self):
        shim = self.start_shim(self.policy_path)
        reply = dp.http_request(f"{shim.url}/echo?a=b", "POST", b"hello",
                                {"Origin": shim.url, "Referer": f"{shim.url}/x", "X-Own": "1"})
        self.assertEqual(reply.status, 200)
        seen = reply.json()
        headers = {k.lower(): v for k, v in seen["headers"]}
        self.assertEqual((seen["method"], seen["target"], seen["body"]),
                         ("POST", "/echo?a=b", "hello"))
        self.assertEqual(headers["host"], NAME)
        self.assertEqual(headers["origin"], f"https://{NAME}")
        self.assertEqual(headers["referer"], f"https://{NAME}/x")
        self.assertEqual(headers["x-own"], "1")

    def test_proven_connections_are_reused(self):
        shim = self.start_shim(self.policy_path)
        connection = http.client.HTTPConnection(shim.address, timeout=dp.DEADLINE_S)
        self.addCleanup(connection.close)
        for _ in range(20):
            self.assertEqual(dp.exchange(connection, "GET", "/").status, 200)
        for _ in range(20):
            self.assertEqual(dp.http_request(f"{shim.url}/").status, 200)
        quotes = self.simulator.log().count("quote ")
        self.assertLessEqual(quotes, 2, "connections must not cost quotes")

    def test_a_policy_that_asks_for_no_session_proof_serves(self):
        policy = {k: v for k, v in self.init_policy().items() if k != "config"}
        policy.update(session="none", accept_unchecked=["config", "session"])
        shim = self.start_shim(self.policy_file(policy, "none.json"))
        for _ in range(3):
            self.assertEqual(dp.http_request(f"{shim.url}/").status, 200)
        self.assertEqual(len(dp.http_request(f"{shim.url}/bytes?n=3000000").body), 3000000)

    def test_other_hosts_are_misdirected(self):
        shim = self.start_shim(self.policy_path, None, "--allow-host", "dev.test")
        port = shim.address.rsplit(":", 1)[1]
        for host, status in ((f"localhost:{port}", 200), ("dev.test", 200),
                             (f"dev.test:{port}", 200), ("evil.test", 421),
                             (f"evil.test:{port}", 421), ("localhost", 421)):
            reply = dp.http_request(f"{shim.url}/", headers={"Host": host})
            self.assertEqual(reply.status, status, host)
        self.assertEqual(reply.json()["error"]["code"], "host-not-local")

    def test_a_refused_far_side_gets_nothing(self):
        leaf = hostile.fetch_leaf("127.0.0.1", self.port, NAME)
        cert, key = hostile.steal_key(self.folder, self.simulator.socket, leaf)
        peer = hostile.KeyRelay(cert, key, ("127.0.0.1", self.port), NAME)
        self.addCleanup(peer.close)
        shim = self.start_shim(self.policy_path, peer.port)
        for method, body in (("GET", None), ("POST", b"secret" * 10000), ("PUT", b"x")):
            reply = dp.http_request(f"{shim.url}/secret", method, body)
            self.assertEqual(reply.status, 502)
            self.assertEqual(reply.json()["error"]["code"], "session-signature")
            status = reply.headers["Proxy-Status"]
            self.assertIn("devproof; error=tls_certificate_error", status)
            self.assertIn('details="session-signature"', status)
        self.assertEqual(peer.application_bytes, 0)
        self.assertEqual(self.app_bytes(), 0)

    def test_upgrades_and_early_bytes_wait_for_the_verdict(self):
        with open(self.policy_path, encoding="utf-8") as f:
            policy = json.load(f)
        policy["app"]["compose_hashes"] = ["00" * 32]
        shim = self.start_shim(self.policy_file(policy, "other.json"))
        host, port = dp.split_address(shim.address)
        with dp.tcp_connect(host, port) as s:
            s.sendall(f"GET /chat HTTP/1.1\r\nHost: {shim.address}\r\nConnection: Upgrade\r\n"
                      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\nearly".encode())
            s.shutdown(1)
            self.assertIn(b" 502 ", dp.receive_all(s).split(b"\r\n")[0])
        self.assertEqual(self.app_bytes(), 0)

    def test_an_absent_far_side_is_said(self):
        shim = self.start_shim(self.policy_path, self.closed_port())
        reply = dp.http_request(f"{shim.url}/")
        self.assertEqual(reply.status, 502)
        self.assertIn("error=connection_refused", reply.headers["Proxy-Status"])
        self.assertEqual(reply.json()["error"]["message"], "the upstream refused the connection")
        self.assertIn(f"refused upstream-refused: {NAME}: the upstream refused", shim.log())

    def test_streams_flow_through(self):
        shim = self.start_shim(self.policy_path)
        reply = dp.http_request(f"{shim.url}/stream?n=5&ms=1")
        self.assertEqual(reply.body.count(b"data: "), 5)
        reply = dp.http_request(f"{shim.url}/upload", "POST", b"u" * 3_000_000)
        self.assertEqual(reply.json()["bytes"], 3_000_000)
        reply = dp.http_request(f"{shim.url}/bytes?n=3000000")
        self.assertEqual(len(reply.body), 3_000_000)

    def test_many_clients_at_once(self):
        shim = self.start_shim(self.policy_path)
        statuses = []

        def run():
            statuses.append(dp.http_request(f"{shim.url}/slow?ms=20").status)
        threads = [threading.Thread(target=run) for _ in range(20)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(statuses, [200] * 20)

    def test_usage(self):
        for argv, code in ((["--target", "a:1"], 2), (["--target", "a", "--policy", "x"], 30),
                           (["--target", f"{NAME}:443", "--policy", self.policy_path, "--listen",
                             "0.0.0.0:0"], 2),
                           (["--target", f"{NAME}:443", "--policy", self.policy_path, "--mode",
                             "tpc"], 2),
                           (["--target", f"{NAME}:443", "--policy", self.policy_path, "--retry",
                             "soon"], 2)):
            self.assertEqual(self.devproof("connect", *argv).returncode, code, argv)

    def test_signals_until_the_very_end_do_not_change_how_it_ends(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            for _ in range(3):
                shim = self.start_shim(self.policy_path)
                while shim.process.poll() is None:
                    shim.process.send_signal(number)
                self.assertEqual(0, shim.wait_exit())


if __name__ == "__main__":
    unittest.main()
