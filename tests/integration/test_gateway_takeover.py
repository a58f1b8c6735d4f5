#!/usr/bin/env python3
"""One gateway takes over from another: nobody is refused, no request is lost, each proves itself."""
import base64
import json
import os
import signal
import socket
import stat
import threading
import unittest

import devproof_testing as dt
import gateway_testing as gt
from recording_backend import RecordingBackend
from takeover_load import Load


class Takeover(gt.GatewayTestCase):
    def setUp(self):
        self.simulator, self.app = self.start_simulator(), self.start_sample_app()
        self.control = self.path("control.sock")

    def first(self, config=None, **kwargs):
        return self.start_gateway(config, self.simulator, self.app, name="first",
                                  options=("--control", self.control), **kwargs)

    def successor(self, config=None, name="second", ready=True, simulator=None, **kwargs):
        return self.start_gateway(config, simulator or self.simulator, self.app, name=name,
                                  ready=ready, options=("--takeover", self.control), **kwargs)

    def wait_state(self, program, state):
        dt.wait_for(lambda: any(f"state={state} " in line
                                for line in self.log_events(program, "takeover")),
                    f"{program.name} to tell of {state}")

    def session_key(self, gateway):
        """Of the statement that a connection gets."""
        binding = self.ask(gateway, gt.WELL_KNOWN + "binding").json()
        return json.loads(base64.b64decode(binding["statement"]))["session_key"]["pub"]

    def test_no_request_is_lost_under_load(self):
        gateway = self.first()
        port, load = gateway.port, Load(gateway.port)
        load.reached(200)
        for name in ("second", "third"):
            following = self.successor(name=name)
            self.assertEqual([port], following.ports)
            self.assertEqual(0, gateway.wait_exit())
            load.reached(200)
            gateway = following
        self.assertEqual([], load.end())
        self.assertEqual({"http/1.1", "h2"}, set(load.answered))
        self.assertGreaterEqual(load.closed, 10)  # each client, twice

    def test_no_connection_is_refused_or_reset(self):
        gateway = self.first()
        failures, done, count = [], threading.Event(), [0]

        def connect():
            while not done.is_set():
                try:
                    self.assertEqual(200, self.ask(gateway, "/").status)
                    count[0] += 1
                except Exception as e:  # pylint: disable=broad-except
                    failures.append(repr(e))
                    return
        threads = [threading.Thread(target=connect) for _ in range(3)]
        for t in threads:
            t.start()
        self.successor()
        self.assertEqual(0, gateway.wait_exit())
        at_end = count[0]
        dt.wait_for(lambda: count[0] >= at_end + 20 or failures, "more connections")
        done.set()
        for t in threads:
            t.join(dt.DEADLINE_S)
        self.assertEqual([], failures)

    def test_each_has_its_own_session_key_and_statement(self):
        gateway = self.first()
        key, leaf = self.session_key(gateway), self.leaf(gateway)
        following = self.successor()
        gateway.wait_exit()
        self.assertNotEqual(key, self.session_key(following))
        self.assertEqual(gt.certificate_parts(leaf)[0],
                         gt.certificate_parts(self.leaf(following))[0])

    def test_the_admin_address_follows(self):
        gateway = self.first()
        following = self.successor()
        self.assertEqual(gateway.ready["admin"], following.ready["admin"])
        gateway.wait_exit()
        self.assertEqual(200, self.readiness(following)[0])

    def test_a_long_answer_ends_in_the_first(self):
        asked, release = threading.Event(), threading.Event()
        self.addCleanup(release.set)

        def hold(connection, message):
            connection.backend.complete(connection, message)
            asked.set()
            release.wait(dt.DEADLINE_S)
            connection.send(connection.backend.OK)
            return True
        backend = RecordingBackend(self, {"/hold": hold})
        config = {"upstreams": {"app": {"servers": [backend.server]}}}
        gateway = self.first(config)
        client = gt.Client(gateway.port)
        client.request("GET", "/hold")
        self.assertTrue(asked.wait(dt.DEADLINE_S))
        following = self.successor(config)
        self.wait_state(gateway, "taken")
        release.set()
        reply = client.getresponse()
        self.assertEqual((200, "close"), (reply.status, reply.headers["Connection"]))
        reply.read()
        self.assertEqual(0, gateway.wait_exit())
        self.assertEqual(200, self.ask(following, "/").status)

    def test_one_that_dies_before_it_is_ready_changes_nothing(self):
        gateway = self.first()
        dying = self.successor({"insecure_agent_endpoint": self.path("no.sock")}, ready=False)
        self.wait_state(gateway, "given")
        dying.expect_exit = -signal.SIGKILL
        dying.stop(signal.SIGKILL)
        self.wait_state(gateway, "abandoned")
        for _ in range(20):
            self.assertEqual(200, self.ask(gateway, "/").status)
        self.assertEqual(200, self.readiness(gateway)[0])
        self.successor(name="third")
        self.assertEqual(0, gateway.wait_exit())

    def test_one_that_waits_serves_nobody_before_it_is_ready(self):
        gateway = self.first()
        self.successor({"insecure_agent_endpoint": self.path("no.sock")}, ready=False)
        self.wait_state(gateway, "given")
        leaf = self.leaf(gateway)
        self.assertEqual({leaf}, {self.leaf(gateway) for _ in range(20)})

    def assert_refused(self, program, what):
        program.expect_exit = 1
        self.assertEqual(1, program.wait_exit())
        self.assertRegex(program.log(), rf'error failed detail="?{what}')

    def test_other_listeners_are_refused(self):
        gateway = self.first()
        for name, config, what in (
                ("address", {"listeners": [{"address": "[::1]:0"}]}, r"'listener \[::1\]:0' here"),
                ("more", {"listeners": [{"address": "127.0.0.1:0"}, {"address": "[::1]:0"}]},
                 r"'listener \[::1\]:0' here, 'admin 127.0.0.1:0' in the running one"),
                ("threads", {"threads": 7}, "'threads 7' here"),
                ("admin", {"admin": {"address": "[::1]:0"}}, r"'admin \[::1\]:0' here")):
            with self.subTest(name):
                program = self.successor(config, name=name, ready=False)
                self.assert_refused(program, f"cannot take over: the listeners are others: .*{what}")
        self.assertEqual(200, self.ask(gateway, "/").status)
        self.assertEqual(4, len([l for l in self.log_events(gateway, "takeover")
                                 if "state=refused" in l]))

    def test_more_sockets_than_one_packet_holds(self):
        config = {"threads": 33, "listeners": [{"address": "127.0.0.1:0"}] * 4}
        gateway = self.first(config)
        following = self.successor(config)
        self.assertEqual(gateway.ports, following.ports)
        self.assertEqual(0, gateway.wait_exit())
        for listener in range(4):
            self.assertEqual(200, self.ask(following, "/", listener=listener).status)

    def test_only_one_at_a_time(self):
        gateway = self.first()
        waiting = {"insecure_agent_endpoint": self.path("no.sock")}
        self.successor(waiting, ready=False)
        self.wait_state(gateway, "given")
        self.assert_refused(self.successor(name="third", ready=False),
                            "cannot take over: another one is taking over")

    def test_nobody_to_take_over_from(self):
        self.assert_refused(self.successor(ready=False), "cannot take over from '.*': No such file")

    def test_the_socket_is_private(self):
        self.first()
        mode = os.stat(self.control).st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(0o600, stat.S_IMODE(mode))

    def test_another_user_gets_nothing(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        gateway = self.first()
        os.chmod(self.folder, 0o755)
        os.chmod(self.control, 0o666)
        program = self.start(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                              dt.built("devproof-gateway"), "--config-json",
                              '{"upstreams": {"app": {"servers": ["127.0.0.1:9"]}}}', "--takeover",
                              self.control], name="stranger", ready=False)
        self.assert_refused(program, "cannot take over from '.*': who listens there is another user")
        self.wait_state(gateway, "refused")

    def test_what_is_no_gateway_is_refused(self):
        gateway = self.first()
        for packet in (b"", b"T", b"T" + b"x" * 100, b"R", b"\0", b"Z", b"T" + b"x" * 40000):
            with self.subTest(len(packet)), \
                    socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
                s.settimeout(dt.DEADLINE_S)
                s.connect(self.control)
                s.send(packet)
                answer, fds, _, _ = socket.recv_fds(s, 65536, 16)
                self.assertEqual([], fds)
                self.assertTrue(answer == b"" or answer[0] == 3, answer)
        self.assertEqual(200, self.ask(gateway, "/").status)
        self.successor()
        self.assertEqual(0, gateway.wait_exit())

    def test_a_stale_socket_is_replaced_and_a_live_one_is_not(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stale:
            stale.bind(self.control)
        gateway = self.first()
        again = self.start_gateway({}, self.simulator, self.app, name="again", ready=False,
                                   options=("--control", self.control))
        self.assert_refused(again, "cannot listen at --control '.*': a gateway runs there; --takeover")
        self.assertEqual(200, self.ask(gateway, "/").status)

    def test_a_file_that_is_no_socket_is_left_alone(self):
        file = self.write("control.sock", "precious")
        program = self.first(ready=False)
        self.assert_refused(program, "cannot listen at --control '.*': File exists")
        with open(file, encoding="ascii") as f:
            self.assertEqual("precious", f.read())

    def test_one_that_is_gone_when_the_other_is_ready(self):
        gateway = self.first()
        waiting = self.successor({"insecure_agent_endpoint": self.path("late.sock")}, ready=False)
        self.wait_state(gateway, "given")
        self.assertEqual(0, gateway.stop())
        os.symlink(self.simulator.socket, self.path("late.sock"))
        dt.wait_for(lambda: self.log_events(waiting, "listening"), "the successor to serve")
        self.assertEqual(200, self.ask(gateway, "/").status)
        self.assertRegex(waiting.log(), "warn takeover state=done detail=.*gone already")


if __name__ == "__main__":
    unittest.main()
