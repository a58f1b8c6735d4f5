#!/usr/bin/env python3
"""What a service manager is told, and the unit file that asks for it."""
import configparser
import json
import os
import shlex
import signal
import socket
import unittest

import devproof_testing as dt
import gateway_testing as gt


class Notify(gt.GatewayTestCase):
    def listen(self, path):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.settimeout(dt.DEADLINE_S)
        manager.bind("\0" + path[1:] if path.startswith("@") else path)
        return manager

    def config(self, agent=None):
        return self.write("gateway.json", json.dumps({
            "listeners": [{"address": "127.0.0.1:0"}], "admin": {"address": "127.0.0.1:0"},
            "insecure_agent_endpoint": agent or self.start_simulator().socket,
            "evidence": {"collateral_url": ""},
            "upstreams": {"app": {"servers": ["127.0.0.1:9"]}}}))

    def start_told(self, *options, agent=None, ready=True):
        gateway = self.start([dt.built("devproof-gateway"), "--config", self.config(agent),
                              *options], ready=ready)
        if ready:
            self.learn_addresses(gateway)
        return gateway

    def next(self, manager):
        return manager.recv(4096).decode().split("\n")

    def test_the_life_of_a_gateway(self):
        for path in (self.path("notify"), f"@devproof-{os.getpid()}"):
            manager = self.listen(path)
            gateway = self.start_told("--notify-socket", path)
            self.assertEqual(["STATUS=Waiting for evidence"], self.next(manager))
            self.assertEqual(["READY=1", "STATUS=Serving"], self.next(manager))
            gateway.process.send_signal(signal.SIGHUP)
            first, second = self.next(manager)
            self.assertEqual("RELOADING=1", first)
            self.assertRegex(second, r"^MONOTONIC_USEC=[0-9]+$")
            self.assertEqual(["READY=1", "STATUS=Serving"], self.next(manager))
            gateway.process.send_signal(signal.SIGTERM)
            self.assertEqual(["STOPPING=1", "STATUS=Ending requests"], self.next(manager))
            self.assertEqual(0, gateway.wait_exit())

    def test_ready_is_not_said_before_the_first_evidence(self):
        manager = self.listen(self.path("notify"))
        gateway = self.start_told("--notify-socket", self.path("notify"),
                                  agent=self.path("nobody"), ready=False)
        dt.wait_for(lambda: self.log_events(gateway, "evidence-failed"), "a failed round")
        gateway.process.send_signal(signal.SIGHUP)
        dt.wait_for(lambda: self.log_events(gateway, "signal"), "the signal")
        gateway.process.send_signal(signal.SIGTERM)
        self.assertEqual(0, gateway.wait_exit())
        self.assertEqual(["STATUS=Waiting for evidence"], self.next(manager))
        self.assertEqual(["STOPPING=1", "STATUS=Ending requests"], self.next(manager))

    def test_a_watchdog_is_told_again_and_again(self):
        manager = self.listen(self.path("notify"))
        self.start_told("--notify-socket", self.path("notify"), "--watchdog-usec", "90000")
        words = [self.next(manager)[0] for _ in range(12)]
        self.assertEqual({"WATCHDOG=1", "READY=1", "STATUS=Waiting for evidence"}, set(words))
        self.assertEqual(10, words.count("WATCHDOG=1"))

    def test_a_manager_that_goes_away_stops_nothing(self):
        manager = self.listen(self.path("notify"))
        gateway = self.start_told("--notify-socket", self.path("notify"), "--watchdog-usec",
                                  "30000")
        manager.close()
        self.assertEqual(200, self.ask(gateway, gt.WELL_KNOWN + "binding").status)

    def test_what_cannot_be_used_is_told(self):
        for options in (["--notify-socket", self.path("absent")], ["--notify-socket", "notify"],
                        ["--notify-socket", "/" + "x" * 120], ["--watchdog-usec", "30s"],
                        ["--watchdog-usec", "2000"]):
            done = self.run_program([dt.built("devproof-gateway"), "--config",
                                     self.config(self.path("nobody")), *options])
            self.assertEqual(1, done.returncode, options)
            self.assertIn(" failed detail=", done.stderr)
        for command in (["health"], ["csr", "--name", "a.test", "--config", "x"]):
            done = self.run_program([dt.built("devproof-gateway"), *command, "--notify-socket", "/x"])
            self.assertEqual(2, done.returncode)

    def test_the_command_of_the_unit_file_runs(self):
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.optionxform = str
        unit.read(os.path.join(dt.source_dir(), "conf", "devproof-gateway.service"))
        self.assertEqual({"Unit", "Service", "Install"}, set(unit.sections()))
        self.assertEqual("notify", unit["Service"]["Type"])
        manager = self.listen(self.path("notify"))
        command = shlex.split(unit["Service"]["ExecStart"])
        self.assertEqual("/usr/bin/devproof-gateway", command[0])
        values = {"/usr/bin/devproof-gateway": dt.built("devproof-gateway"),
                  "/etc/devproof/gateway.json": self.config(),
                  "${NOTIFY_SOCKET}": self.path("notify"), "${WATCHDOG_USEC}": ""}
        self.assertLessEqual(set(values), set(command))
        self.start([values.get(word, word) for word in command])
        self.assertEqual("STATUS=Waiting for evidence", self.next(manager)[0])
        self.assertEqual("READY=1", self.next(manager)[0])


if __name__ == "__main__":
    unittest.main()
