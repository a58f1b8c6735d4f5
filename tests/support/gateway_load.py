"""Clients that ask a gateway over and over, each in a way of its own, until told to stop."""
import hashlib
import os
import threading
import time

import devproof_testing as dt
import gateway_testing as gt
from gateway_testing import WELL_KNOWN

UPLOAD = os.urandom(200_000)


class Job:
    """One client. `once` asks so many `requests` and raises when an answer is not the right one."""
    requests = 1

    def __init__(self, gateway):
        self.gateway, self.client = gateway, None
        self.done, self.failed = 0, []

    def once(self):
        raise NotImplementedError

    def close(self):
        if self.client is not None:
            self.client.close()
        self.client = None

    def kept(self):
        """The connection that this job keeps."""
        if self.client is None:
            self.client = gt.Client(self.gateway.port)
        return self.client

    def repeat(self, stop):
        while not stop.is_set():
            try:
                self.once()
            except Exception as e:  # whatever it is, it is a failed request
                self.failed.append(f"{self.name()}: {type(e).__name__}: {e}")
                self.client = None
            self.done += 1
        self.close()

    def name(self):
        return type(self).__name__

    def expect(self, reply):
        if reply.status != 200:
            raise AssertionError(f"{reply.status} {reply.body[:200]}")
        return reply


class KeepAlive(Job):
    """One connection for the whole time: it outlives every identity."""

    def once(self):
        if len(self.expect(self.kept().ask("/bytes?n=2000")).body) != 2000:
            raise AssertionError("a short body")


class Connect(Job):
    """A connection for each request; keeps the certificates that it saw."""

    def __init__(self, gateway):
        super().__init__(gateway)
        self.identities = set()

    def once(self):
        with dt.tls_connect("127.0.0.1", self.gateway.port) as sock:
            leaf = hashlib.sha256(sock.getpeercert(binary_form=True)).hexdigest()
            sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            answer = dt.receive_all(sock)
        if not answer.startswith(b"HTTP/1.1 200 ") or b"</html>" not in answer:
            raise AssertionError(repr(answer[:100]))
        self.identities.add(leaf)


class Prove(Job):
    """A session proof on the connection that read the evidence; keeps the statements it saw."""
    requests = 2

    def __init__(self, gateway):
        super().__init__(gateway)
        self.statements = set()

    def once(self):
        connection = gt.Client(self.gateway.port)
        try:
            etag = self.expect(connection.ask(WELL_KNOWN + "binding")).headers["ETag"]
            reply = self.expect(
                connection.ask(f"{WELL_KNOWN}session?nonce={os.urandom(32).hex()}"))
            if "signature" not in reply.json():
                raise AssertionError(repr(reply.body[:200]))
        finally:
            connection.close()
        self.statements.add(etag)


class Upload(Job):
    def once(self):
        reply = self.expect(self.kept().ask("/upload", "POST", UPLOAD))
        if reply.json()["bytes"] != len(UPLOAD):
            raise AssertionError(repr(reply.body[:100]))


class Load:
    """Jobs on threads of their own."""

    def __init__(self, jobs):
        self.jobs = jobs
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=j.repeat, args=(self.stop,)) for j in jobs]

    def counts(self):
        counts = {}
        for job in self.jobs:
            counts[job.name()] = counts.get(job.name(), 0) + job.done
        return counts

    def failed(self):
        return [line for job in self.jobs for line in job.failed]

    def run(self, ends, meanwhile):
        """Load until ends() says so, or something fails; meanwhile() is called all the time."""
        for t in self.threads:
            t.start()
        try:
            while not ends() and not self.failed():
                meanwhile()
                time.sleep(dt.POLL_S)
        finally:
            self.stop.set()
            for t in self.threads:
                t.join(dt.DEADLINE_S)
