"""Load of the takeover's tests: clients that never pause and notice every request that is lost."""
import threading

import devproof_testing as dt
import gateway_testing as gt
from http2_support import Client as Http2Client
from http2_support import request


class Load:
    """Clients that ask without a pause until told to stop, each on a connection that is kept."""

    def __init__(self, port, http1=3, http2=2):
        self.port, self.stopping = port, threading.Event()
        self.answered, self.closed, self.failures = [], 0, []
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.guard, args=(one,))
                        for one in [self.http1] * http1 + [self.http2] * http2]
        for t in self.threads:
            t.start()

    def guard(self, one):
        try:
            while not self.stopping.is_set():
                one()
        except Exception as e:  # pylint: disable=broad-except
            self.failures.append(f"{one.__name__}: {e!r}")

    def count(self, protocol):
        with self.lock:
            self.answered.append(protocol)

    def http1(self):
        client = gt.Client(self.port)
        while not self.stopping.is_set():
            reply = client.ask("/echo", "POST", b"x" * 1000)
            assert reply.status == 200, reply.status
            self.count("http/1.1")
            if client.sock is None:  # it was told to close
                self.closed += 1
                return
        client.close()

    def http2(self):
        """What comes after the last stream of a GOAWAY is asked anew (RFC 9113 section 6.8)."""
        sock = dt.tls_connect("127.0.0.1", self.port, "localhost", ["h2"])
        client = Http2Client(sock)
        with sock:
            while not self.stopping.is_set() and client.goaway is None:
                answer = client.answer(client.open(request("/")))
                while not answer.over and client.read_frame() is not None:
                    pass
                last = client.goaway[0] if client.goaway else None
                if answer.status == 200 and answer.ended:
                    self.count("h2")
                elif last is None or client.next_id - 2 <= last:
                    raise AssertionError(f"{answer} lost, goaway {client.goaway}")
            self.closed += client.goaway is not None

    def reached(self, more):
        """Wait until so many more requests were answered."""
        goal = len(self.answered) + more
        dt.wait_for(lambda: len(self.answered) >= goal or self.failures, f"{more} more answers")

    def end(self):
        self.stopping.set()
        for t in self.threads:
            t.join(dt.DEADLINE_S)
        return self.failures
