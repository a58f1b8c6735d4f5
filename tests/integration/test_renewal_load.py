"""Certificate and statement are renewed every second, under load, and no request fails.

The gateway looks at its wall clock once a second; whenever it has renewed, that clock goes half a day
forward, past half of the life of both. With DEVPROOF_LONG=1 this goes on for a minute, as `make
renewal-load` does; otherwise for some seconds.
"""
import hashlib
import os
import threading
import time
import unittest

import attested_side
import devproof_testing as dt
import gateway_testing as gt
from gateway_testing import WELL_KNOWN
from shifted_clock import ShiftedClock

LONG = os.environ.get("DEVPROOF_LONG") == "1"
SECONDS = 60 if LONG else 8
IDENTITIES = 50 if LONG else 4
STEP_S = 43100  # over half of a certificate's life and of the longest statement's; two are not the whole
UPLOAD = os.urandom(200_000)


class Load:
    """Threads that ask until told to stop; each counts what it did and keeps what went wrong."""

    def __init__(self, gateway, app):
        self.gateway, self.app = gateway, app
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.done = {}
        self.failed = []
        self.identities, self.statements = set(), set()
        self.threads = [threading.Thread(target=self.repeat, args=(job,))
                        for job in (self.keep_alive, self.connect, self.prove, self.upload)]

    def repeat(self, job):
        client = [None]
        while not self.stop.is_set():
            try:
                job(client)
            except Exception as e:  # whatever it is, it is a failed request
                with self.lock:
                    self.failed.append(f"{job.__name__}: {type(e).__name__}: {e}")
                client = [None]
            with self.lock:
                self.done[job.__name__] = self.done.get(job.__name__, 0) + 1
        if client[0]:
            client[0].close()

    def expect(self, reply, what):
        if reply.status != 200:
            raise AssertionError(f"{what}: {reply.status} {reply.body[:200]}")
        return reply

    def keep_alive(self, client):
        """One connection for the whole time: it outlives every identity."""
        client[0] = client[0] or gt.Client(self.gateway.port)
        self.expect(client[0].ask("/bytes?n=2000"), "keep-alive")

    def connect(self, client):
        with dt.tls_connect("127.0.0.1", self.gateway.port) as sock:
            leaf = hashlib.sha256(sock.getpeercert(binary_form=True)).hexdigest()
            sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            answer = dt.receive_all(sock)
        if not answer.startswith(b"HTTP/1.1 200 ") or b"</html>" not in answer:
            raise AssertionError(f"connect: {answer[:100]!r}")
        with self.lock:
            self.identities.add(leaf)

    def prove(self, client):
        """A session proof on the connection that read the evidence."""
        connection = gt.Client(self.gateway.port)
        try:
            etag = self.expect(connection.ask(WELL_KNOWN + "binding"), "binding").headers["ETag"]
            nonce = os.urandom(32).hex()
            reply = self.expect(connection.ask(f"{WELL_KNOWN}session?nonce={nonce}"), "session")
            if "signature" not in reply.json():
                raise AssertionError(f"session: {reply.body[:200]}")
        finally:
            connection.close()
        with self.lock:
            self.statements.add(etag)

    def upload(self, client):
        client[0] = client[0] or gt.Client(self.gateway.port)
        reply = self.expect(client[0].ask("/upload", "POST", UPLOAD), "upload")
        if reply.json()["bytes"] != len(UPLOAD):
            raise AssertionError(f"upload: {reply.body[:100]}")

    def run(self, seconds, identities, move_clock):
        """Load for that time (on a slow machine twice that, to see so many identities); the clock
        goes on when a client has seen what the last step brought."""
        for t in self.threads:
            t.start()
        begin = time.monotonic()
        seen = 0
        while not self.failed:
            lasted = time.monotonic() - begin
            if lasted > 2 * seconds or (lasted > seconds and len(self.identities) >= identities):
                break
            if len(self.statements) > seen:
                seen = len(self.statements)
                move_clock()
            time.sleep(dt.POLL_S)
        self.stop.set()
        for t in self.threads:
            t.join(dt.DEADLINE_S)


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
        load = Load(self.gateway, self.app)
        load.run(SECONDS, IDENTITIES, lambda: clock.add(STEP_S))
        print(f"{SECONDS} s: {sum(load.done.values())} requests {load.done}, "
              f"{len(load.identities)} identities, {len(load.statements)} statements, "
              f"{len(load.failed)} failed")
        self.assertEqual([], load.failed)
        self.assertGreaterEqual(len(load.identities), IDENTITIES)
        self.assertGreaterEqual(len(load.statements), IDENTITIES)
        for job in ("keep_alive", "connect", "prove", "upload"):
            self.assertGreater(load.done.get(job, 0), SECONDS, job)
        # What it shows at the end is real evidence: back in our time, the client accepts it.
        made = self.gateway.log().count("evidence-made")
        clock.set(0)
        dt.wait_for(lambda: self.gateway.log().count("evidence-made") > made, "evidence of now")
        policy = self.policy_file(self.init_policy())
        code, report = self.verify(policy)
        self.assertEqual((0, "accepted"), (code, report["verdict"]), report)


if __name__ == "__main__":
    unittest.main()
