"""What surrounds the gateway fails: the guest agent, collateral, clocks, the disk of the log. Requests go
on, clients are told the truth, and nothing is left of it."""
import errno
import json
import os
import unittest

import attested_side
import devproof_testing as dt
import gateway_testing as gt
from chaos_side import ChaosCase
from gateway_testing import WELL_KNOWN
from recording_backend import RecordingBackend
from shifted_clock import ShiftedClock

DAY_S = 86400
STEP_S = 43100  # over half of what evidence lives, which is when it is renewed
LINES = 2000  # of the access log: more than the buffers of two workers hold


class Around(ChaosCase, attested_side.ClientTestCase):
    def setUp(self):
        self.backend = RecordingBackend(self)

    def events(self, name):
        return self.log_events(self.gateway, name)

    def binding(self):
        return self.ask(self.gateway, WELL_KNOWN + "binding")

    def start_with_clock(self, simulator=None):
        self.clock = ShiftedClock(self.path("clock"))
        self.addCleanup(self.clock.close)
        return self.start_chaos([self.backend.server], {"evidence": {"lifetime_s": DAY_S}},
                                env=self.clock.env, simulator=simulator)

    def made(self):
        """How often evidence was made or could not be made."""
        return len(self.events("evidence-made")), len(self.events("evidence-failed"))

    def test_the_agent_goes_and_comes_back(self):
        self.start_with_clock()
        simulators = [self.simulator]

        def action():
            made, failed = self.made()
            simulators[-1].stop()
            self.clock.add(STEP_S)
            dt.wait_for(lambda: self.made()[1] > failed, "a renewal that fails")
            self.assertEqual(200, self.request())
            self.assertEqual((200, "agent-unavailable"),
                             (self.binding().status, self.agent_state()))
            simulators.append(self.start_simulator_again(len(simulators)))
            dt.wait_for(lambda: self.made()[0] > made, "a renewal")
            self.assertEqual((200, "ok"), (self.readiness(self.gateway)[0], self.agent_state()))
        self.after_each_time(action, times=2, warm=2)
        self.assert_log_is_true()

    def agent_state(self):
        return self.readiness(self.gateway)[1]["agent"]["state"]

    def start_simulator_again(self, number):
        program = self.start([dt.built("dstack-simulator"), "--socket", self.simulator.socket,
                              "--pccs", self.simulator.pccs.removeprefix("http://")],
                             name=f"again-{number}", env=self.clock.env)
        return program

    def test_clocks_that_jump(self):
        self.start_with_clock()

        def action():
            for step in (DAY_S, -DAY_S):
                made = self.made()[0]
                self.clock.add(step)
                dt.wait_for(lambda: self.made()[0] > made, "evidence of the new time")
                self.assertEqual(200, self.request())
                # Workers have it a moment after the log.
                dt.wait_for(lambda: self.binding().status == 200, "a statement that is valid")
        self.after_each_time(action, times=2, warm=2)
        self.assert_log_is_true()

    def test_collateral_that_expires(self):
        """Its service gives none that is younger: clients refuse, whoever does not look is served."""
        self.start_with_clock(self.start_simulator("--collateral-lifetime", "7200"))
        self.port = self.gateway.port
        policy = self.policy_file(self.init_policy())

        def verdict():
            done = self.run_program(
                [dt.built("devproof"), "verify", f"https://{attested_side.NAME}/", "--policy", policy,
                 "--json", "--no-cache", *self.where()], env=self.clock.env)
            return done.returncode, json.loads(done.stdout)["code"]

        def action():
            made = self.made()[0]
            self.clock.add(STEP_S)
            dt.wait_for(lambda: self.made()[0] > made, "evidence of the new time")
            self.assertEqual(200, self.request())
            self.assertEqual((10, "collateral-missing"), verdict())
            dt.wait_for(lambda: self.self_check() == "not-checked", "the check of oneself")
            dt.wait_for(lambda: self.events("collateral-unavailable"), "the log to tell")
            made = self.made()[0]
            self.clock.add(-STEP_S)
            dt.wait_for(lambda: self.made()[0] > made, "evidence of the old time")
            self.assertEqual((0, "ok"), verdict())
        self.after_each_time(action, times=2, warm=2)
        self.assert_log_is_true()

    def self_check(self):
        return self.readiness(self.gateway)[1]["self_check"]["result"]

    def test_a_log_that_takes_no_more(self):
        """Lines are lost, and their number is told; requests are not."""
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        self.start_chaos([self.backend.server], stdout=writing)
        self.assertTrue(os.get_blocking(writing), "who else writes there does not wait any more")
        os.close(writing)
        self.drain(reading)
        client = gt.Client(self.gateway.port)
        self.addCleanup(client.close)
        while not self.events("access-log-full"):
            for _ in range(100):
                self.assertEqual(200, client.ask("/x").status)
        self.assertIn(os.strerror(errno.EAGAIN), self.events("access-log-full")[0])
        sent = self.backend.requests
        lines = self.drain(reading)

        def resumed():
            client.ask("/x")
            lines.extend(self.drain(reading))
            return self.events("access-log-resumed")
        dt.wait_for(resumed, "lines to be written again")
        lost = int(self.events("access-log-resumed")[0].rsplit("lost=", 1)[1])
        self.gateway.stop()
        lines.extend(self.drain(reading))
        for line in lines:
            self.assertEqual(200, json.loads(line)["status"])
        self.assertEqual(len(sent), len(lines) + lost)

    def test_lines_of_two_workers_stay_apart_in_a_full_pipe(self):
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        self.start_chaos([self.backend.server], stdout=writing)
        os.close(writing)
        clients = [gt.Client(self.gateway.port) for _ in range(8)]
        for client in clients:
            self.addCleanup(client.close)
        self.drain(reading)
        while not self.events("access-log-full"):
            for client in clients:
                self.assertEqual(200, client.ask("/x?" + "y" * 800).status)
        lines = []
        while len(lines) < LINES // 4:
            for client in clients:
                self.assertEqual(200, client.ask("/x?" + "z" * 800).status)
            lines.extend(self.drain(reading, 4096))
        for line in lines:
            self.assertEqual("/x", json.loads(line)["path"])

    def test_a_disk_that_is_full_from_the_start(self):
        with open("/dev/full", "wb", buffering=0) as full:
            self.start_chaos([self.backend.server], stdout=full)
        client = gt.Client(self.gateway.port)
        for _ in range(LINES):
            self.assertEqual(200, client.ask("/x").status)
        client.close()
        self.gateway.stop()
        self.assertIn(os.strerror(errno.ENOSPC), self.events("access-log-full")[0])
        self.assertEqual(LINES, len(self.backend.requests))

    def drain(self, reading, limit=1 << 30):
        """The whole lines that wait in the pipe, and the beginning of one kept for later."""
        os.set_blocking(reading, False)
        data = getattr(self, "rest", b"")
        while limit > 0:
            try:
                part = os.read(reading, min(limit, 1 << 16))
            except BlockingIOError:
                break
            if not part:
                break
            data += part
            limit -= len(part)
        *lines, self.rest = data.split(b"\n")
        return lines


if __name__ == "__main__":
    unittest.main()
