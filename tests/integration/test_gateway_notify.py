#!/usr/bin/env python3
"""What a service manager is told."""
import json
import os
import signal
import socket
import unittest

import devproof_testing as dt
import gateway_testing as gt
from service_manager import Manager


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
        self.start_told("--notify-socket", self.path("notify"), "--watchdog-usec", "90000", ready=False)
        words = []
        # Read from the start: the socket holds ten that nobody reads, and then READY would be lost.
        while "READY=1" not in words or words.count("WATCHDOG=1") < 10:
            words.append(self.next(manager)[0])
        self.assertEqual({"WATCHDOG=1", "READY=1", "STATUS=Waiting for evidence"}, set(words))

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

    def follow(self, manager, *options, ready=True):
        """A second process takes over from the first, which is the main one."""
        notify = ("--notify-socket", self.path("notify"), "--watchdog-usec", "90000")
        agent = self.start_simulator().socket
        first = self.start_told("--control", self.path("control"), *notify, agent=agent)
        manager.main = first.process.pid
        manager.wait_state("READY=1")
        second = self.start_told("--takeover", self.path("control"), *(options or notify),
                                 agent=agent if ready else self.path("nobody"), ready=ready)
        return first, second

    def test_the_manager_follows_a_successor_whoever_it_listens_to(self):
        for access in ("all", "main"):
            manager = Manager(self, self.path("notify"), access)
            first, second = self.follow(manager)
            pid = second.process.pid
            # Both say it; it is the last that the first says.
            while (first.process.pid, [f"MAINPID={pid}"]) not in manager.heard:
                manager.hear()
            self.assertEqual(pid, manager.main)
            self.assertEqual({pid}, {manager.hear()[0] for _ in range(5)})
            self.assertEqual(0, first.wait_exit())
            self.assertNotIn("STOPPING=1", manager.words)
            self.assertEqual([f"MAINPID={pid}", "READY=1", "STATUS=Serving"], next(
                words for sender, words in manager.heard if sender == pid))
            second.stop()
            manager.wait_state("STOPPING=1")
            os.unlink(self.path("notify"))

    def test_a_successor_that_waits_says_nothing(self):
        manager = Manager(self, self.path("notify"), "all")
        first, second = self.follow(manager, ready=False)
        dt.wait_for(lambda: self.log_events(second, "evidence-failed"), "a failed round")
        second.stop()
        dt.wait_for(lambda: any("abandoned" in e for e in self.log_events(first, "takeover")),
                    "the first to notice")
        heard = [manager.hear() for _ in range(5)]
        self.assertEqual({first.process.pid}, {sender for sender, _ in heard})
        self.assertEqual(first.process.pid, manager.main)
        self.assertNotIn("STOPPING=1", manager.words)

    def test_a_successor_that_nobody_manages_ends_the_service(self):
        manager = Manager(self, self.path("notify"), "all")
        first, _ = self.follow(manager, "--watchdog-usec", "")
        manager.wait_state("STOPPING=1")
        self.assertEqual(0, first.wait_exit())
        self.assertEqual(first.process.pid, manager.main)


if __name__ == "__main__":
    unittest.main()
