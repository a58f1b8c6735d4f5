#!/usr/bin/env python3
"""What the running gateway has given up, as the kernel tells it."""
import contextlib
import glob
import os
import unittest

import devproof_testing as dt
import gateway_testing as gt
from test_sandbox import NOBODY, landlock_version

ON = {"capabilities": "on", "files": "on" if landlock_version() else "refused", "syscalls": "on"}


def threads(program):
    """What the kernel tells of each thread: {field: text}."""
    found = []
    for path in glob.glob(f"/proc/{program.process.pid}/task/*/status"):
        with open(path, encoding="ascii", errors="replace") as f:
            found.append(dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line))
    return found


class Confined(gt.GatewayTestCase):
    def start_with(self, *options, ready=True, config=None):
        self.simulator, self.app = self.start_simulator(), self.start_sample_app()
        return self.start_gateway(config or {}, self.simulator, self.app, ready=ready, name="gateway",
                                  options=options)

    def test_every_thread_is_confined(self):
        gateway = self.start_with()
        self.assertEqual(200, self.ask(gateway, "/").status)
        all_threads = threads(gateway)
        self.assertGreaterEqual(len(all_threads), 2)
        for t in all_threads:
            self.assertEqual(("2", "1"), (t["Seccomp"], t["NoNewPrivs"]))
            for field in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                self.assertEqual(0, int(t[field], 16), field)
            if os.geteuid() == 0:
                self.assertEqual(0, int(t["CapBnd"], 16))

    def test_each_loop_has_the_file_that_it_keeps_open(self):
        """Else libuv looks for it with every socket, and has none to give up when files run out."""
        gateway = self.start_with(config={"threads": 2})
        self.assertEqual(200, self.ask(gateway, "/").status)
        opened = []
        for link in glob.glob(f"/proc/{gateway.process.pid}/fd/*"):
            with contextlib.suppress(FileNotFoundError):  # some come and go
                opened.append(os.readlink(link))
        self.assertGreaterEqual(opened.count("/dev/null"), 1 + 2)  # beside its standard input

    def test_each_layer_is_logged_and_in_readiness(self):
        gateway = self.start_with()
        user = "off" if os.geteuid() == 0 else "on"
        self.assertEqual({**ON, "user": user}, self.readiness(gateway)[1]["sandbox"])
        for layer, state in {**ON, "user": user}.items():
            level = "info" if state == "on" else "warn"
            self.assertRegex(gateway.log(), rf"(?m) {level} sandbox layer={layer} state={state} detail=")

    def test_no_sandbox_is_never_silent(self):
        gateway = self.start_with("--no-sandbox")
        for t in threads(gateway):
            self.assertEqual(("0", "1", 0), (t["Seccomp"], t["NoNewPrivs"], int(t["CapEff"], 16)))
        sandbox = self.readiness(gateway)[1]["sandbox"]
        self.assertEqual(("off", "off", "on"),
                         (sandbox["files"], sandbox["syscalls"], sandbox["capabilities"]))
        for layer in ("files", "syscalls"):
            self.assertRegex(gateway.log(), rf"(?m) warn sandbox layer={layer} state=off ")

    def start_for_nobody(self):
        """Simulator and app, where another user can reach and write what a gateway needs."""
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        os.chown(self.folder, NOBODY, NOBODY)
        self.simulator, self.app = self.start_simulator(), self.start_sample_app()
        os.chmod(self.simulator.socket, 0o666)

    def test_started_as_an_engine_starts_it(self):
        """Another user, no capability in any set, no new privileges: nothing to give up is left,
        and every layer holds."""
        self.start_for_nobody()
        file = self.write_gateway_config({}, self.simulator, self.app, "gateway.json")
        gateway = self.start(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                              "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs",
                              dt.built("devproof-gateway"), "--config", file], name="gateway")
        self.learn_addresses(gateway)
        self.assertEqual(200, self.ask(gateway, "/").status)
        self.assertEqual({**ON, "user": "on"}, self.readiness(gateway)[1]["sandbox"])

    def test_root_becomes_another_user(self):
        self.start_for_nobody()
        gateway = self.start_gateway({}, self.simulator, self.app, name="gateway",
                                     options=("--user", f"{NOBODY}:{NOBODY}"))
        self.assertEqual(200, self.ask(gateway, "/").status)
        for t in threads(gateway):
            self.assertEqual({str(NOBODY)}, set((t["Uid"] + "\t" + t["Gid"]).split("\t")))
            self.assertEqual("", t["Groups"].strip())
        self.assertEqual("on", self.readiness(gateway)[1]["sandbox"]["user"])
        self.assertEqual(NOBODY, os.stat(gateway.ready_file).st_uid)

    def test_a_user_that_cannot_be_had_ends_it(self):
        gateway = self.start_with("--user", "no such user", ready=False)
        gateway.expect_exit = 1
        self.assertEqual(1, gateway.wait_exit())
        self.assertRegex(gateway.log(), r"error failed detail=.*no user 'no such user'")

    def test_a_port_in_use_is_told_at_once(self):
        first = self.start_with()
        config = {"listeners": [{"address": f"127.0.0.1:{first.port}"}],
                  "insecure_agent_endpoint": self.path("no.sock")}
        second = self.start_gateway(config, ready=False, name="second")
        second.expect_exit = 1
        self.assertEqual(1, second.wait_exit())
        self.assertRegex(second.log(), rf"cannot listen on '127.0.0.1:{first.port}'")


if __name__ == "__main__":
    unittest.main()
