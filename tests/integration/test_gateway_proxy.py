"""The gateway as a proxy, and what the process allows itself."""
import json
import os
import signal
import ssl
import threading
import unittest

import devproof_testing as dt
import gateway_testing as gt
import shifted_clock
from core_support import OK, Backend
from gateway_testing import WELL_KNOWN


class Proxy(gt.GatewayTestCase):
    def test_a_page_comes_through(self):
        gateway = self.start_all()
        reply = self.ask(gateway, "/")
        self.assertEqual(200, reply.status)
        self.assertIn(b"It works", reply.body)
        curl = self.run_program(["curl", "-sk", "--tlsv1.3", "-w", "%{http_code}",
                                 f"https://127.0.0.1:{gateway.port}/upload", "--data", "x" * 70000])
        self.assertTrue(curl.stdout.endswith("200"))
        self.assertEqual(70000, json.loads(curl.stdout[:-3])["bytes"])

    def test_curl_and_openssl_accept_the_certificate_as_its_own_anchor(self):
        gateway = self.start_all({"listeners": [{"address": "127.0.0.1:0",
                                                 "names": ["gw.example.test", "*"]}]})
        anchor = self.write("leaf.pem", ssl.DER_cert_to_PEM_cert(self.leaf(gateway)))
        for name, accepted in (("gw.example.test", True), ("localhost", True),
                               ("other.test", False)):
            curl = self.run_program(["curl", "-s", "--cacert", anchor, "-o", self.path("page"),
                                     "--resolve", f"{name}:{gateway.port}:127.0.0.1",
                                     f"https://{name}:{gateway.port}/"])
            self.assertEqual(accepted, curl.returncode == 0, name)
        s_client = self.run_program(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", "-servername",
             "gw.example.test", "-verify_hostname", "gw.example.test", "-CAfile", anchor,
             "-verify_return_error"], stdin="")
        self.assertIn("Verify return code: 0 (ok)", s_client.stdout)
        self.assertIn("TLSv1.3", s_client.stdout)

    def test_only_tls_1_3_is_spoken(self):
        gateway = self.start_all()
        context = dt.insecure_context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises(ssl.SSLError):
            dt.tls_connect("127.0.0.1", gateway.port, context=context)

    def test_names_that_are_not_served_are_refused(self):
        self.simulator, self.app = self.start_simulator(), self.start_sample_app()
        gateway = self.start_gateway(
            {"listeners": [{"address": "127.0.0.1:0", "names": ["a.test", "b.test"]},
                           {"address": "127.0.0.1:0", "names": ["c.test"]}]},
            self.simulator, self.app)
        good = {"Host": "a.test"}
        self.assertEqual(200, self.ask(gateway, "/", headers=good, server_name="a.test").status)
        self.assertEqual(200, self.ask(gateway, "/", headers={"Host": "B.test:8443"},
                                       server_name="A.TEST").status)
        for name in ("x.test", None):
            with self.assertRaises(ssl.SSLError, msg=name):
                dt.tls_connect("127.0.0.1", gateway.port, name)
        for name, host in (("a.test", "c.test"), ("a.test", "x.test"), ("c.test", "a.test")):
            reply = self.ask(gateway, "/", headers={"Host": host}, server_name=name)
            self.assert_error(reply, 421, "misdirected")
        self.assertEqual(200, self.ask(gateway, "/", headers={"Host": "c.test"},
                                       server_name="c.test", listener=1).status)

    def test_an_app_that_is_down_is_502(self):
        simulator = self.start_simulator()
        gateway = self.start_gateway(
            {"upstreams": {"app": {"servers": [f"127.0.0.1:{self.closed_port()}"]}}}, simulator)
        reply = self.ask(gateway, "/")
        self.assertEqual(502, reply.status)
        self.assertEqual({"code", "message"}, set(reply.json()["error"]))
        self.assertRegex(reply.headers["Proxy-Status"],
                         r'^devproof-gateway; error=connection_refused; details="[a-z-]+"$')

    def test_routes_lead_to_their_upstreams(self):
        simulator, one = self.start_simulator(), self.start_sample_app()
        two = self.start_sample_app(name="second-app")
        gateway = self.start_gateway(
            {"upstreams": {"app": {"servers": [f"127.0.0.1:{one.port}"]},
                           "two": {"servers": [f"127.0.0.1:{two.port}"]}},
             "routes": [{"path": "/", "upstream": "app"}, {"path": "/echo", "upstream": "two"}]},
            simulator)
        self.assertEqual(200, self.ask(gateway, "/echo").status)
        self.assertEqual([0, 1], [dt.http_request(a.url + "/stats").json()["requests"]
                                  for a in (one, two)])
        self.assert_error(self.ask(gateway, "/x/../echo"), 400, "ambiguous-path")

    def test_the_access_log_tells_no_more_than_the_route(self):
        gateway = self.start_all()
        self.ask(gateway, "/echo/secret?token=1", headers={"User-Agent": "me"})
        gateway.stop()
        line = json.loads(gateway.output())
        self.assertEqual({"time", "request_id", "connection", "listener", "protocol", "resumed",
                          "method", "route", "status", "bytes_in", "bytes_out", "total_us",
                          "dial_us", "first_byte_us"}, set(line))
        self.assertEqual(("GET", "*/", 404), (line["method"], line["route"], line["status"]))
        self.assertNotIn("127.0.0.1", gateway.output().replace(line["listener"], ""))

    def test_what_a_client_writes_stays_inside_its_member_of_a_log_line(self):
        gateway = self.start_all({"log": {"path": True}})
        head = b'GET /a"b,%0a\\?q="}{ HTTP/1.1\r\nHost: x\r\nUser-Agent: "\t\xff\xc0\xaf"}\r\n' \
               b"Connection: close\r\n\r\n"
        self.assertIn(b" 404 ", self.raw(gateway, head))
        self.assertIn(b" 400 ", self.raw(gateway, head.replace(b"\t", b"\x1b")))
        gateway.stop()
        lines = sorted((json.loads(line) for line in gateway.output().splitlines()),
                       key=lambda line: line["status"], reverse=True)  # workers write their own
        self.assertEqual([404, 400], [line["status"] for line in lines])
        self.assertEqual(['/a"b,%0a\\', '?q="}{'], [lines[0][k] for k in ("path", "query")])
        self.assertEqual('"\t\u00ff\u00c0\u00af"}', lines[0]["user_agent"])

    def test_a_line_of_the_log_is_whole_whatever_the_client_writes(self):
        gateway = self.start_all({"threads": 1, "log": {"path": True}, "routes": [
            {"path": '/a"b', "upstream": "app"}]})
        long, many = b"\xff" * 4000, b"User-Agent: " + b"x" * 1400 + b"\r\n"
        head = b'GET /a"b/' + b'"' * 4000 + b"?" + b"\\" * 3000 + b" HTTP/1.1\r\nHost: x\r\n" \
               b"Connection: close\r\nUser-Agent: " + long + b"\r\n" + 3 * many + b"\r\n"
        self.assertIn(b" 404 ", self.raw(gateway, head))
        self.assertEqual(404, self.ask(gateway, '/a"b').status)
        gateway.stop()
        lines = gateway.output().splitlines()
        self.assertLessEqual(max(len(line) for line in lines), 4095)
        lines = [json.loads(line) for line in lines]
        self.assertEqual(['*/a"b'] * 2, [line["route"] for line in lines])
        self.assertEqual("\xff", lines[0]["user_agent"][0])


class Life(gt.GatewayTestCase):
    def test_sigterm_lets_requests_end(self):
        gateway = self.start_all()
        started, replies = threading.Barrier(9), []

        def slow():
            client = gt.Client(gateway.port)
            client.connect()
            started.wait()
            replies.append(client.ask("/slow?ms=700").status)
            client.close()

        def busy():
            client = gt.Client(gateway.port)
            client.connect()
            started.wait()
            try:
                while client.ask("/").status == 200:
                    pass
            except (OSError, gt.http.client.HTTPException):
                pass

        threads = [threading.Thread(target=t) for t in [slow] * 4 + [busy] * 4]
        for t in threads:
            t.start()
        started.wait()
        dt.wait_for(lambda: dt.http_request(self.app.url + "/stats").json()["requests"] > 50, "load")
        gateway.process.send_signal(signal.SIGTERM)
        for t in threads:
            t.join()
        self.assertEqual(0, gateway.wait_exit())
        self.assertEqual([200] * 4, replies)

    def test_readiness_says_stopping_while_it_drains(self):
        asked, release = threading.Event(), threading.Event()
        self.addCleanup(release.set)

        def hold(peer, _):
            peer.head()
            asked.set()
            release.wait(dt.DEADLINE_S)
            peer.send(OK)
        gateway = self.start_gateway({"upstreams": {"app": {"servers": [Backend(self, hold).server]}}},
                                     self.start_simulator())
        client = gt.Client(gateway.port)
        client.request("GET", "/")
        self.assertTrue(asked.wait(dt.DEADLINE_S))
        gateway.process.send_signal(signal.SIGTERM)
        dt.wait_for(lambda: self.readiness(gateway)[1]["reasons"] == ["stopping"], "stopping")
        release.set()
        self.assertEqual(200, client.getresponse().status)
        self.assertEqual(0, gateway.wait_exit())

    def test_the_second_signal_ends_at_once(self):
        gateway = self.start_all()
        client = gt.Client(gateway.port)
        client.connect()
        client.request("GET", "/slow?ms=20000")
        dt.wait_for(lambda: dt.http_request(self.app.url + "/stats").json()["requests"] == 1, "it")
        gateway.process.send_signal(signal.SIGTERM)
        dt.wait_for(lambda: "at_once=false" in gateway.log(), "the first signal")
        gateway.process.send_signal(signal.SIGINT)
        self.assertEqual(0, gateway.wait_exit(10))
        client.close()

    def test_a_resolver_that_hangs_does_not_hold_the_end(self):
        os.mkfifo(self.path("held"))
        env = {**shifted_clock.preloaded("tests/libslow_names.so"),
               "DEVPROOF_SLOW_NAMES": self.path("held")}
        gateway = self.start_gateway({
            "timeouts": {"connect_ms": 100, "drain_ms": 100},
            "upstreams": {"app": {"servers": ["slow-app:80"]}}}, self.start_simulator(), env=env)
        self.assert_error(self.ask(gateway, "/"), 504, "upstream-resolve-timeout")
        gateway.process.send_signal(signal.SIGTERM)
        self.assertEqual(0, gateway.wait_exit())
        self.assertIn("a thread that still waits", gateway.log())
        self.assertEqual(504, json.loads(gateway.output())["status"])

    def test_signals_until_the_very_end_do_not_change_how_it_ends(self):
        simulator, app = self.start_simulator(), self.start_sample_app()
        for _ in range(3):
            gateway = self.start_gateway({}, simulator, app)
            while gateway.process.poll() is None:
                gateway.process.send_signal(signal.SIGTERM)
            self.assertEqual(0, gateway.wait_exit())

    def test_other_signals_change_nothing(self):
        gateway = self.start_all()
        for number in (signal.SIGHUP, signal.SIGUSR1):
            gateway.process.send_signal(number)
            dt.wait_for(lambda n=number: f"signal={int(n)} " in gateway.log(), "a log line")
        self.assertEqual(200, self.ask(gateway, "/").status)

    def test_the_process_keeps_its_secrets(self):
        secret = {"DEVPROOF_SECRET": "in-the-environment", "https_proxy": "http://127.0.0.1:9"}
        os.environ.update(secret)
        self.addCleanup(lambda: [os.environ.pop(k) for k in secret])
        gateway = self.start_all({"limits": {"max_connections": 4096}})
        pid = gateway.process.pid
        with open(f"/proc/{pid}/limits", encoding="ascii") as f:
            limits = {line[:26].strip(): line[26:].split() for line in f}
        self.assertEqual(["0", "0"], limits["Max core file size"][:2])
        self.assertEqual(*limits["Max open files"][:2])
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            status = dict(line.split(":", 1) for line in f)
        self.assertEqual("1", status["NoNewPrivs"].strip())
        # 64 bytes for each connection and 256 KiB: 512 KiB, locked.
        self.assertGreaterEqual(int(status["VmLck"].split()[0]), 512)
        # The proxy of the environment was not used: collateral came all the same.
        self.assertEqual("ok", self.readiness(gateway)[1]["self_check"]["result"])
        self.assertTrue(self.ask(gateway, WELL_KNOWN + "binding").json()["collateral"])


if __name__ == "__main__":
    unittest.main()
