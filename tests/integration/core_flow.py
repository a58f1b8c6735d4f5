#!/usr/bin/env python3
"""Backpressure: whoever is slow, what is queued stays bounded, and every byte arrives."""
import hashlib
import threading
import unittest

import devproof_testing as dt
from core_support import OK, Backend, CoreTest

TOTAL = 64 << 20
PIECE = bytes(range(256)) * 256
# The high mark, one read of a socket, and what TLS and staging add to it.
BOUND = 65536 + 2 * 65536 + 4096


def digest_of(total):
    h = hashlib.sha256()
    for _ in range(total // len(PIECE)):
        h.update(PIECE)
    return h.hexdigest()


def send_all(peer, total):
    for _ in range(total // len(PIECE)):
        peer.send(PIECE)


def receive(peer, total, gate=None):
    """Read total bytes; waits at the gate after the first megabyte."""
    h = hashlib.sha256(peer.data)
    have = len(peer.data)
    peer.data = b""
    while have < total:
        if gate is not None and have > 1 << 20:
            gate.wait(dt.DEADLINE_S)
            gate = None
        data = peer.sock.recv(65536)
        if not data:
            raise AssertionError(f"ended after {have} of {total}")
        have += len(data)
        h.update(data)
    return h.hexdigest()


class Flow(CoreTest):
    def assert_bounded(self, proxy):
        peak = self.stats(proxy)["queue_peak"]
        self.assertGreater(peak, 0, "nothing was ever queued: this test measured nothing")
        self.assertLessEqual(peak, BOUND)

    def open_when_queued(self, proxy, gate):
        """Let the slow side go on only when the engine has had to queue."""
        dt.wait_for(lambda: self.stats(proxy)["queue_peak"] > 0, "a queue")
        gate.set()

    def download(self, tls):
        gate = threading.Event()

        def script(peer, _):
            peer.head()
            peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {TOTAL}\r\n\r\n".encode())
            send_all(peer, TOTAL)
            peer.rest()
        proxy = self.proxy(Backend(self, script).server, tls=tls)
        other = self.connect(proxy)
        peer = self.connect(proxy)
        peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assert_status(peer.head(), 200)
        result = []
        reader = threading.Thread(target=lambda: result.append(receive(peer, TOTAL, gate)))
        reader.start()
        # While the reader stands still others are served.
        for _ in range(3):
            other.send(b"GET /_own?5 HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertEqual(b"ooooo", other.body(other.head()))
        self.open_when_queued(proxy, gate)
        reader.join(dt.DEADLINE_S)
        self.assertEqual([digest_of(TOTAL)], result)
        self.assert_bounded(proxy)

    def test_a_slow_reader_over_tls(self):
        self.download(True)

    def test_a_slow_reader_in_the_clear(self):
        self.download(False)

    def test_a_slow_upstream(self):
        gate, result = threading.Event(), []

        def script(peer, _):
            peer.head()
            result.append(receive(peer, TOTAL, gate))
            peer.send(OK)
            peer.rest()
        proxy = self.proxy(Backend(self, script).server)
        peer = self.connect(proxy)
        peer.send(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {TOTAL}\r\n\r\n".encode())
        sender = threading.Thread(target=send_all, args=(peer, TOTAL))
        sender.start()
        other = self.connect(proxy)
        other.send(b"GET /_own?5 HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual(b"ooooo", other.body(other.head()))
        self.open_when_queued(proxy, gate)
        sender.join(dt.DEADLINE_S)
        self.assert_status(peer.head(), 200)
        self.assertEqual([digest_of(TOTAL)], result)
        self.assert_bounded(proxy)

    def test_both_directions_at_once_in_chunks(self):
        total = 8 << 20

        def script(peer, _):
            peer.head()
            peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while (size := int(peer.line(), 16)) > 0:
                data = peer.exactly(size)
                peer.line()
                peer.send(b"%x\r\n%s\r\n" % (size, data))
            peer.line()
            peer.send(b"0\r\n\r\n")
            peer.rest()
        # In the clear: Python's TLS sockets do not bear two threads at once.
        proxy = self.proxy(Backend(self, script).server, tls=False)
        peer = self.connect(proxy)
        peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")

        def upload():
            for _ in range(total // len(PIECE)):
                peer.send(b"%x\r\n%s\r\n" % (len(PIECE), PIECE))
            peer.send(b"0\r\n\r\n")
        sender = threading.Thread(target=upload)
        sender.start()
        head = peer.head()
        body, _ = peer.chunked()
        sender.join(dt.DEADLINE_S)
        self.assert_status(head, 200)
        self.assertEqual(digest_of(total), hashlib.sha256(body).hexdigest())

    def test_a_large_answer_of_our_own_is_paced(self):
        size = 16 << 20
        proxy = self.proxy(Backend(self).server)
        peer = self.connect(proxy)
        peer.send(f"GET /_own?{size} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        peer.head()
        other = self.connect(proxy)
        other.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual(b"ok", other.body(other.head()))
        self.assertEqual(b"o" * size, peer.exactly(size))
        self.assert_bounded(proxy)

    def test_a_flood_of_pipelined_requests_with_a_client_that_does_not_read(self):
        proxy = self.proxy(Backend(self).server, tls=False)
        peer = self.connect(proxy)
        count = 400
        request = b"GET /_own?60000 HTTP/1.1\r\nHost: a\r\n\r\n"
        sender = threading.Thread(target=lambda: peer.send(request * count))
        sender.start()
        for _ in range(count):
            self.assertEqual(60000, len(peer.body(peer.head())))
        sender.join(dt.DEADLINE_S)
        self.assertLessEqual(self.stats(proxy)["queue_peak"], BOUND)


if __name__ == "__main__":
    unittest.main()
