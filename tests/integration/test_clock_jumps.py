"""Wall clocks that jump by a day: of the client, the gateway, the simulator; each with its answer."""
import base64
import json
import os
import time
import unittest

import attested_side
import devproof_testing as dt
import gateway_testing as gt
from gateway_testing import WELL_KNOWN
from shifted_clock import ShiftedClock

DAY_S = 86400


class Clocks(attested_side.ClientTestCase):
    def setUp(self):
        self.clock = ShiftedClock(self.path("clock"))
        self.addCleanup(self.clock.close)

    def binding(self):
        client = gt.Client(self.port)
        try:
            return client.ask(WELL_KNOWN + "binding")
        finally:
            client.close()

    def statement(self):
        """The statement that is served, None while none is."""
        reply = self.binding()
        if reply.status == 503:
            self.assertEqual("evidence-expired", reply.json()["error"]["code"])
            return None
        self.assertEqual(200, reply.status)
        return json.loads(base64.b64decode(reply.json()["statement"]))


class TheClient(Clocks):
    def setUp(self):
        super().setUp()
        self.clock.set(-2 * DAY_S)  # so that the collateral is not what ends first
        self.simulator = self.start_simulator(env=self.clock.env)
        self.app = self.start_sample_app()
        self.far = ShiftedClock(self.path("far-clock"))
        self.addCleanup(self.far.close)
        self.gateway = self.start_gateway(self.simulator, self.app, env=self.far.env)
        self.port = self.gateway.port
        self.policy = self.policy_file(self.init_policy())

    def get(self, seconds):
        """(exit code, code of the report) of `devproof get` with its clock off by that much."""
        self.clock.set(seconds)
        before = self.app_bytes()
        done = self.run_program(
            [dt.built("devproof"), "get", f"https://{attested_side.NAME}/secret", "--policy",
             self.policy, "--json", *self.where()], env=self.clock.env)
        if done.returncode == 10:
            self.assertEqual(before, self.app_bytes())
            return 10, json.loads(done.stdout)["code"]
        return done.returncode, ""

    def test_a_day_behind_refuses_what_is_not_valid_yet(self):
        self.assertEqual((0, ""), self.get(0))
        self.assertEqual((10, "cert-validity"), self.get(-DAY_S))

    def test_a_statement_from_the_future_is_refused(self):
        """The gateway goes ahead by less than makes it change its certificate."""
        first = self.statement()["issued_at"]
        self.far.set(7200)
        dt.wait_for(lambda: (self.statement() or {"issued_at": first})["issued_at"] > first + 7000,
                    "a new statement")
        self.assertEqual((10, "statement-not-yet-valid"), self.get(0))
        self.assertEqual((0, ""), self.get(7200))

    def test_a_day_ahead_refuses_what_has_expired(self):
        self.assertEqual((10, "statement-expired"), self.get(DAY_S - 2000))
        self.assertEqual((10, "cert-validity"), self.get(DAY_S))

    def test_minutes_are_borne(self):
        self.assertEqual((0, ""), self.get(-200))
        self.assertEqual((0, ""), self.get(200))

    def test_a_download_ends_with_its_proof(self):
        self.clock.set(0)
        body = self.path("body")
        get = self.start([dt.built("devproof"), "get",
                          f"https://{attested_side.NAME}/stream?n=10000000&ms=1", "--policy",
                          self.policy, "-o", body, *self.where()], ready=False, expect_exit=1,
                         env=self.clock.env)
        dt.wait_for(lambda: os.path.exists(body) and os.path.getsize(body), "bytes")
        self.clock.set(7200)
        get.wait_exit()
        self.assertIn("what the far side proved ran out", get.log())


class TheGateway(Clocks):
    def setUp(self):
        super().setUp()
        self.simulator = self.start_simulator()
        self.app = self.start_sample_app()
        self.gateway = self.start_gateway(self.simulator, self.app, env=self.clock.env)
        self.port = self.gateway.port
        self.first = self.statement()

    def jump(self, seconds):
        """The clock jumps; until new evidence is there. Returns: the new statement."""
        begin = time.monotonic()
        self.clock.set(seconds)

        def look():
            now = self.statement()
            if now is None:
                return None
            # What is served is the old one from the future, or the new one; an expired one never.
            self.assertGreater(now["not_after"], self.clock.now() - 1)
            return now if now["issued_at"] != self.first["issued_at"] else None
        now = dt.wait_for(look, "new evidence")
        self.assertLess(time.monotonic() - begin, 30)
        self.assertLess(abs(now["issued_at"] - self.clock.now()), 30)
        return now

    def test_forward_renews_at_once_and_never_serves_what_has_expired(self):
        self.jump(DAY_S)
        self.assert_keeps_serving()

    def test_back_renews_what_is_from_the_future(self):
        self.jump(-DAY_S)
        self.assert_keeps_serving()

    def test_forward_and_back(self):
        self.first = self.jump(DAY_S)
        self.first = self.jump(0)
        policy = self.policy_file(self.init_policy())
        code, report = self.verify(policy)
        self.assertEqual((0, "accepted"), (code, report["verdict"]), report)

    def test_without_its_agent_an_expired_statement_is_withheld(self):
        self.simulator.stop()
        self.clock.set(DAY_S)
        reply = self.binding()
        self.assertEqual((503, "evidence-expired"), (reply.status, reply.json()["error"]["code"]))
        client = gt.Client(self.port)
        reply = client.ask(WELL_KNOWN + "session?nonce=" + "ab" * 32)
        self.assertEqual((503, "evidence-expired"), (reply.status, reply.json()["error"]["code"]))
        self.assertEqual(200, client.ask("/").status)
        client.close()

    def assert_keeps_serving(self):
        """Timers stand on another clock: a connection opened now waits and is served."""
        client = gt.Client(self.port)
        self.assertEqual(200, client.ask("/").status)
        self.clock.set(-self.clock.offset)
        self.assertEqual(200, client.ask("/slow?ms=300").status)
        client.close()


class TheSimulator(Clocks):
    def assert_no_collateral(self, seconds):
        """A simulator that makes its collateral in another time: gateway and client refuse it."""
        self.start_side()
        policy = self.policy_file(self.init_policy())
        self.clock.set(seconds)
        self.simulator = self.start_simulator(env=self.clock.env)
        self.port = self.start_gateway(self.simulator, self.app).port
        self.assertIsNone(self.binding().json()["collateral"])
        code, report = self.verify(policy)
        self.assertEqual((10, "collateral-missing"), (code, report["code"]))
        self.assertIn("the root's revocation list is valid from", report["detail"])

    def test_collateral_from_tomorrow_is_refused(self):
        self.assert_no_collateral(DAY_S)

    def test_collateral_from_long_ago_is_refused(self):
        self.assert_no_collateral(-31 * DAY_S)

    def test_collateral_from_yesterday_is_accepted(self):
        self.clock.set(-DAY_S)
        self.simulator = self.start_simulator(env=self.clock.env)
        self.app = self.start_sample_app()
        self.port = self.start_gateway(self.simulator, self.app).port
        code, report = self.verify(self.policy_file(self.init_policy()))
        self.assertEqual((0, "accepted"), (code, report["verdict"]), report)


if __name__ == "__main__":
    unittest.main()
