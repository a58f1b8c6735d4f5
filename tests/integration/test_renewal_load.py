"""Certificate and statement are renewed every second, under load, and no request fails.

The gateway looks at its wall clock once a second; whenever it has renewed, that clock goes half a day
forward, past half of the life of both. With DEVPROOF_LONG=1 this goes on for a minute, as `make
renewal-load` does; otherwise for some seconds.
"""
import base64
import json
import os
import time
import unittest

import attested_side
import devproof_testing as dt
from gateway_load import Connect, KeepAlive, Load, Prove, Upload
from gateway_testing import WELL_KNOWN
from shifted_clock import ShiftedClock

LONG = os.environ.get("DEVPROOF_LONG") == "1"
SECONDS = 60 if LONG else 8
IDENTITIES = 50 if LONG else 4
STEP_S = 43100  # over half of a certificate's life and of the longest statement's; two are not the whole


class RenewalUnderLoad(attested_side.ClientTestCase):
    def test_no_request_fails_while_everything_is_renewed_each_second(self):
        clock = ShiftedClock(self.path("clock"))
        self.addCleanup(clock.close)
        self.simulator = self.start_simulator()
        self.app = self.start_sample_app()
        self.gateway = self.start_gateway(
            self.simulator, self.app, env=clock.env,
            evidence={"collateral_url": "", "lifetime_s": 86400})
        self.port = self.gateway.port
        connect, prove = Connect(self.gateway), Prove(self.gateway)
        load = Load([KeepAlive(self.gateway), connect, prove, Upload(self.gateway)])
        begin, seen = time.monotonic(), 0

        def ends():
            """On a slow machine it lasts longer, to see so many identities and requests."""
            lasted = time.monotonic() - begin
            return lasted > SECONDS + dt.DEADLINE_S or (
                lasted > SECONDS and min(load.counts().values()) > SECONDS and
                min(len(connect.identities), len(prove.statements)) >= IDENTITIES)

        def renew():
            """The clock goes on when a client has seen what the last step brought."""
            nonlocal seen
            if len(prove.statements) > seen:
                seen = len(prove.statements)
                clock.add(STEP_S)
        load.run(ends, renew)
        print(f"{SECONDS} s: {sum(load.counts().values())} requests {load.counts()}, "
              f"{len(connect.identities)} identities, {len(prove.statements)} statements, "
              f"{len(load.failed())} failed")
        self.assertEqual([], load.failed())
        self.assertGreaterEqual(len(connect.identities), IDENTITIES)
        self.assertGreaterEqual(len(prove.statements), IDENTITIES)
        for job, count in load.counts().items():
            self.assertGreater(count, SECONDS, job)
        # What it shows at the end is real evidence: back in our time, the client accepts it.
        clock.set(0)
        dt.wait_for(self.serves_evidence_of_now, "evidence of now")
        policy = self.policy_file(self.init_policy())
        code, report = self.verify(policy)
        self.assertEqual((0, "accepted"), (code, report["verdict"]), report)

    def serves_evidence_of_now(self):
        reply = dt.http_request(f"https://127.0.0.1:{self.port}{WELL_KNOWN}binding")
        if reply.status != 200:
            return False
        statement = json.loads(base64.b64decode(reply.json()["statement"]))
        return abs(statement["issued_at"] - time.time()) < STEP_S // 2


if __name__ == "__main__":
    unittest.main()
