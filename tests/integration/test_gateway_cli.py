"""The gateway's command line: commands, exit codes, what is printed where."""
import hashlib
import json
import os
import resource
import shutil
import subprocess
import unittest

import devproof_testing as dt
import gateway_testing as gt

MINIMAL = '{"upstreams": {"app": {"servers": ["127.0.0.1:3000"]}}}'
ADMIN_CONNECTIONS = 64
BROKEN = """{
  // two problems
  "upstreams": {"app": {"servers": ["example.org:80"]}},
  "lissteners": []
}
"""


class CommandLine(gt.GatewayTestCase):
    def run_gateway(self, *args, stdin=None):
        done = self.run_program([dt.built("devproof-gateway"), *args], stdin=stdin)
        return done.returncode, done.stdout, done.stderr

    def test_help_lists_options_and_keys(self):
        code, out, err = self.run_gateway("--help")
        self.assertEqual((0, ""), (code, err))
        for text in ("--ready-file FILE", "limits.max_connections = 8192", "insecure_agent_endpoint"):
            self.assertIn(text, out)

    def test_version_names_program_version_and_revision(self):
        code, out, _ = self.run_gateway("--version")
        self.assertEqual(0, code)
        self.assertRegex(out, r"^devproof-gateway \d+\.\d+\.\d+ \S+\n$")

    def test_usage_errors_are_2(self):
        for args in ((), ("--config",), ("--what",), ("--config", "a", "--upstream", "b"),
                     ("--config", "a", "--config", "b"), ("--config-json", "{}", "--listen", "x"),
                     ("--check-config", "--print-config", "--config", "a"), ("--help=1",),
                     ("--check-config",), ("file",), ("health", "--config", "a"),
                     ("health", "--help", "--version"), ("health", "--no-sandbox"),
                     ("health", "--user", "a"), ("--no-sandbox=1",),
                     ("--config", "a", "--control", "b", "--takeover", "c"),
                     ("csr", "--config", "a", "--name", "b", "--takeover", "c"),
                     ("csr", "--config", "a", "--name", "b", "--admin", "127.0.0.1:1"),
                     ("--admin", "127.0.0.1:1", "--config", "a")):
            with self.subTest(args=args):
                code, out, err = self.run_gateway(*args)
                self.assertEqual((2, ""), (code, out))
                self.assertIn("--help", err)

    def test_check_config_prints_every_problem_with_its_line(self):
        file = self.write("broken.json", BROKEN)
        code, out, _ = self.run_gateway("--config", file, "--check-config")
        self.assertEqual(1, code)
        self.assertRegex(out, rf"(?m)^{file}: line 4: unknown key 'lissteners'$")
        self.assertEqual(1, self.run_gateway("--config-json", BROKEN.replace("lissteners", "routes"),
                                             "--check-config")[0])
        self.assertEqual((0, "", ""), self.run_gateway("--config-json", MINIMAL, "--check-config"))

    def test_running_with_a_broken_configuration_is_30(self):
        code, out, err = self.run_gateway("--config-json", BROKEN)
        self.assertEqual((30, ""), (code, out))
        self.assertIn("--config-json: line 4: ", err)
        self.assertEqual(30, self.run_gateway("--config", "-", "--print-config", stdin="{")[0])

    def test_a_missing_file_is_named(self):
        code, _, err = self.run_gateway("--config", self.path("none.json"), "--check-config")
        self.assertEqual(1, code)
        self.assertIn(self.path("none.json"), err)

    def test_all_sources_give_the_same_configuration(self):
        file = self.write("minimal.json", "/* c */" + MINIMAL)
        texts = {self.run_gateway(*args, "--print-config", stdin=MINIMAL)[1] for args in (
            ("--config", file), ("--config", "-"), ("--config-json", MINIMAL),
            ("--config-json=" + MINIMAL,), ("--upstream", "http://127.0.0.1:3000"),
            ("--upstream", "http://127.0.0.1:3000/"))}
        self.assertEqual(1, len(texts))
        text = texts.pop()
        self.assertFalse(text.endswith("\n"))
        self.assertEqual("0.0.0.0:8443", json.loads(text)["listeners"][0]["address"])

    def test_the_simple_form_is_the_whole_configuration(self):
        code, out, _ = self.run_gateway(
            "--upstream", "http://app", "--listen", "[::1]:0", "--name", "a.test", "--name",
            "b.test", "--agent", "/tmp/x.sock", "--admin", "127.0.0.1:0", "--print-config")
        config = json.loads(out)
        self.assertEqual(0, code)
        self.assertEqual([{"address": "[::1]:0", "mode": "http", "names": ["a.test", "b.test"],
                           "client_auth": "none", "client_ca_file": "", "client_ca_sha256": "",
                           "client_crl_file": "",
                           "protocols": ["h2", "http/1.1"], "proxy_protocol": {"from": []},
                           "trusted_proxies": [], "direct": False}],
                         config["listeners"])
        self.assertEqual("/tmp/x.sock", config["insecure_agent_endpoint"])
        self.assertEqual({"address": "127.0.0.1:0"}, config["admin"])
        self.assertEqual(["app:80"], config["upstreams"]["app"]["servers"])

    def test_start_says_what_is_insecure_and_where_it_listens(self):
        gateway = self.start_all()
        log = gateway.log()
        self.assertRegex(log, r"(?m) warn insecure key=insecure_agent_endpoint value=")
        self.assertIn(f"info listening address=127.0.0.1:{gateway.port}\n", log)
        text = self.ask(gateway, gt.WELL_KNOWN + "config").body
        self.assertIn("config_sha256=" + hashlib.sha256(text).hexdigest(), log)
        self.assertEqual({"listeners", "admin", "pid"}, set(gateway.ready))
        self.assertEqual(gateway.process.pid, gateway.ready["pid"])

    def test_health_tells_whether_a_gateway_is_ready(self):
        gateway = self.start_all()
        code, out, err = self.run_gateway("health", "--admin", gateway.ready["admin"])
        self.assertEqual((0, True, ""), (code, json.loads(out)["ready"], err))
        waiting = self.start_gateway({"insecure_agent_endpoint": self.path("no.sock")}, ready=False,
                                     name="waiting")
        code, out, err = self.run_gateway("health", "--admin", self.wait_admin(waiting))
        self.assertEqual((1, False, ""), (code, json.loads(out)["ready"], err))

    def test_health_of_nothing_says_what_failed(self):
        for address, why in ((f"127.0.0.1:{self.closed_port()}", "refused"), ("localhost:1", "numeric address")):
            with self.subTest(address=address):
                code, out, err = self.run_gateway("health", "--admin", address)
                self.assertEqual((1, ""), (code, out))
                self.assertRegex(err, rf"cannot ask {address}: .*{why}")
        app = self.start_sample_app()
        code, _, err = self.run_gateway("health", "--admin", f"127.0.0.1:{app.port}")
        self.assertEqual(1, code)
        self.assertIn("not the admin listener", err)

    def test_a_port_in_use_is_an_error(self):
        gateway = self.start_all()
        for key in ("listeners", "admin"):
            with self.subTest(key=key):
                taken = gateway.ready["listeners"][0] if key == "listeners" else \
                    gateway.ready["admin"]
                config = {"listeners": [{"address": "127.0.0.1:0"}],
                          "admin": {"address": "127.0.0.1:0"},
                          "insecure_agent_endpoint": self.simulator.socket,
                          "evidence": {"collateral_url": ""},
                          "upstreams": {"app": {"servers": ["127.0.0.1:9"]}}}
                config[key] = [{"address": taken}] if key == "listeners" else {"address": taken}
                code, _, err = self.run_gateway("--config-json", json.dumps(config))
                self.assertEqual(1, code)
                self.assertIn(taken, err)

    @unittest.skipUnless(os.getuid() == 0, "only root can become somebody whom the limit binds")
    def test_too_little_lockable_memory_is_told(self):
        program = self.path("devproof-gateway")
        shutil.copy(dt.built("devproof-gateway"), program)
        os.chmod(self.folder, 0o755)
        done = subprocess.run(
            [program, "--config-json", MINIMAL], user=65534, group=65534, extra_groups=[],
            capture_output=True, text=True, timeout=60, check=False, preexec_fn=lambda:
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536)))
        self.assertEqual(1, done.returncode)
        self.assertIn("cannot lock 1048576 bytes of memory", done.stderr)
        self.assertIn("RLIMIT_MEMLOCK allows 65536", done.stderr)

    def test_a_stale_ready_file_is_removed(self):
        file = self.write("stale.ready", "old")
        gateway = self.start([dt.built("devproof-gateway"), "--config-json", json.dumps(
            {"admin": {"address": "127.0.0.1:0"}, "insecure_agent_endpoint": self.path("none.sock"),
             "upstreams": {"app": {"servers": ["127.0.0.1:9"]}}}), "--ready-file", file], ready=False)
        dt.wait_for(lambda: "evidence-failed" in gateway.log(), "the first round")
        self.assertFalse(os.path.exists(file))

    def test_the_admin_listener_serves_three_paths(self):
        gateway = self.start_all()
        self.assertEqual(200, dt.http_request(gateway.admin + "/livez").status)
        for path, method, status in (("/", "GET", 404), ("/metric", "GET", 404),
                                     ("/metrics", "POST", 405), ("/livez", "HEAD", 200), ("/readyz", "POST", 405),
                                     ("/livez", "DELETE", 405), ("/livez/", "GET", 404)):
            reply = dt.http_request(gateway.admin + path, method)
            self.assertEqual(status, reply.status, path)
        host, port = dt.split_address(gateway.ready["admin"])
        for data in (b"GET /livez HTTP/1.1\n\n", b"\x16\x03\x01", b"GET / HTTP/1.1\r\nA: "
                     + b"x" * 9000 + b"\r\n\r\n"):
            with dt.tcp_connect(host, port) as sock:
                sock.sendall(data)
                sock.shutdown(dt.socket.SHUT_WR)
                self.assertNotIn(b" 200 ", dt.receive_all(sock))

    def test_an_answer_of_the_admin_listener_ends_at_once(self):
        """Whoever reads to the end, as `health` does, is not left to wait for the deadline."""
        gateway = self.start_all()
        with dt.tcp_connect(*dt.split_address(gateway.ready["admin"])) as sock:
            sock.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertTrue(dt.receive_all(sock).endswith(b"\r\n\r\n{\"alive\":true}\n"))
            for _ in range(2):
                sock.sendall(b"x")  # a connection that the deadline has closed would be reset by the first

    def test_the_admin_listener_waits_for_nobody_and_serves_a_few(self):
        gateway = self.start_all()
        address = dt.split_address(gateway.ready["admin"])
        silent = [dt.tcp_connect(*address) for _ in range(ADMIN_CONNECTIONS)]
        for sock in silent:
            self.addCleanup(sock.close)
            sock.sendall(b"GET /livez HTTP/1.1\r\n")
        with dt.tcp_connect(*address) as one_more:
            one_more.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertEqual(b"", dt.receive_all(one_more))
        for sock in silent:
            self.assertEqual(b"", dt.receive_all(sock))
        self.assertEqual(200, dt.http_request(gateway.admin + "/livez").status)


if __name__ == "__main__":
    unittest.main()
