#!/usr/bin/env python3
"""The unit file of conf/: the manager can read it, its commands run, and the gateway's own sandbox
holds within it."""
import configparser
import json
import os
import shlex
import signal
import subprocess
import unittest

import devproof_testing as dt
import gateway_testing as gt
from service_manager import Manager
from test_gateway_sandbox import ON

UNIT = os.path.join(dt.source_dir(), "conf", "devproof-gateway.service")


class Repeated(dict):
    """Options of a unit file: a key that comes again adds a value."""

    def __setitem__(self, key, value):
        if key in self and isinstance(value, list) and isinstance(self[key], list):
            value = self[key] + value
        super().__setitem__(key, value)


class UnitFile(gt.GatewayTestCase):
    def config(self):
        return self.write("gateway.json", json.dumps({
            "listeners": [{"address": "127.0.0.1:0"}], "admin": {"address": "127.0.0.1:0"},
            "insecure_agent_endpoint": self.start_simulator().socket,
            "evidence": {"collateral_url": ""},
            "upstreams": {"app": {"servers": ["127.0.0.1:9"]}}}))

    def unit(self):
        unit = configparser.RawConfigParser(strict=False, dict_type=Repeated)
        unit.optionxform = str
        unit.read(UNIT)
        self.assertEqual({"Unit", "Service", "Install"}, set(unit.sections()))
        return {k: v.split("\n") for k, v in unit["Service"].items()}

    def command(self, line, config):
        """A command of the unit file as the manager would run it, with the files of this test."""
        self.assertTrue(line.startswith(("/usr/bin/devproof-gateway ", "/bin/sh -c ")), line)
        for name, value in (("/usr/bin/devproof-gateway", dt.built("devproof-gateway")),
                            ("/etc/devproof/gateway.json", config),
                            ("${NOTIFY_SOCKET}", self.path("notify")),
                            ("/run/devproof/", self.path("")),
                            ("${WATCHDOG_USEC}", "30000000")):
            line = line.replace(name, value)
        self.assertNotIn("$", line)
        return shlex.split(line)

    def test_the_commands_of_the_unit_file_run(self):
        service, config = self.unit(), self.config()
        self.assertEqual((["notify"], ["all"], ["30s"], ["devproof"]), tuple(
            service[k] for k in ("Type", "NotifyAccess", "WatchdogSec", "RuntimeDirectory")))
        manager = Manager(self, self.path("notify"), "all")
        first = self.start(self.command(service["ExecStart"][0], config))
        manager.main = first.process.pid
        manager.wait_state("READY=1")
        check, take_over = service["ExecReload"]
        self.assertEqual(0, self.run_program(self.command(check, config)).returncode)
        # The shell has ended when the manager goes on.
        shell = self.start(self.command(take_over, config), name="reload", ready=False)
        self.assertEqual(0, shell.wait_exit())
        manager.wait_main(lambda pid: pid != first.process.pid)
        self.assertEqual(0, first.wait_exit())
        self.assertNotIn("STOPPING=1", manager.words)
        os.kill(manager.main, signal.SIGTERM)
        manager.wait_state("STOPPING=1")
        dt.wait_for(lambda: "stopped exit=0" in shell.log(), "the second to end")

    def test_the_manager_knows_every_word(self):
        """What it does not know it leaves out, with a line that names the file."""
        done = subprocess.run(["systemd-analyze", "verify", UNIT], capture_output=True, text=True,
                              check=False, timeout=dt.DEADLINE_S)
        lines = [line for line in done.stderr.split("\n") if line.startswith(UNIT)]
        self.assertEqual([], lines)

    def test_the_sandbox_holds_within_its_filter(self):
        filtered = ["python3", os.path.join(dt.source_dir(), "tests/support/under_unit_filter.py"), UNIT]
        gateway = self.start([*filtered, dt.built("devproof-gateway"), "--config", self.config()],
                             name="gateway", env={**self.env(), "ASAN_OPTIONS": "detect_leaks=0"})
        self.learn_addresses(gateway)
        sandbox = self.readiness(gateway)[1]["sandbox"]
        self.assertEqual(ON, {layer: sandbox[layer] for layer in ON})


if __name__ == "__main__":
    unittest.main()
