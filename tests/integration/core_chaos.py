#!/usr/bin/env python3
"""Clients and backends that hang up at any point: nothing leaks, nothing crashes, others are served."""
import random
import socket
import struct
import threading
import unittest

import devproof_testing as dt
from core_support import OK, Backend, CoreTest

SEED = 20240601
REQUESTS = [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /_late HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /_own?200000 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /_tunnel HTTP/1.1\r\nHost: a\r\n\r\nearly bytes of a tunnel",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n" + b"x" * 90000,
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nX: y\r\n\r\n",
    b"POST /_late HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n123456789",
]
ANSWERS = [
    OK,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"y" * 100000,
    b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nshort and surplus",
]


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Chaos(CoreTest):
    def backend_script(self, rng, lock):
        def script(peer, _):
            while self.next_head(peer):
                with lock:
                    answer = rng.choice(ANSWERS)
                    cut = rng.random() < 0.3
                    at = rng.randrange(len(answer))
                    hard = rng.random() < 0.5
                if not cut:
                    peer.send(answer)
                    if answer.endswith(b"until the end"):
                        return
                    continue
                peer.send(answer[:at])
                if hard:
                    reset(peer.sock)
                return
        return script

    @staticmethod
    def next_head(peer):
        try:
            return peer.head() is not None
        except AssertionError:
            return False

    def client(self, proxy, rng):
        try:
            if rng.random() < 0.1:
                raw = socket.create_connection(("127.0.0.1", proxy.port), dt.DEADLINE_S)
                raw.sendall(rng.randbytes(rng.randrange(1, 600)))
                raw.close()
                return
            peer = self.connect(proxy)
        except OSError:
            return
        try:
            self.talk(peer, rng)
        except OSError:
            pass
        if rng.random() < 0.5:
            reset(peer.sock)
        peer.close()

    @staticmethod
    def talk(peer, rng):
        data = b"".join(rng.choice(REQUESTS) for _ in range(rng.randrange(1, 4)))
        if rng.random() < 0.5:
            data = data[:rng.randrange(len(data)) + 1]
        while data:
            n = rng.choice((1, 7, 100, 5000, len(data))) if len(data) < 500 else 40000
            peer.send(data[:n])
            data = data[n:]
        how = rng.random()
        if how < 0.3:
            peer.half_close()
        peer.sock.settimeout(0.05)
        if how < 0.7:
            peer.rest()

    def test_nothing_is_left_when_everybody_hung_up(self):
        lock = threading.Lock()
        backend = Backend(self, self.backend_script(random.Random(SEED), lock))
        proxy = self.proxy(backend.server, "--threads", 2, "--set", "upstream_connections=8",
                           "--set", "linger=200", "--set", "body=500", "--set", "first_byte=500",
                           "--set", "upstream_queue=500", "--set", "head=500")

        def run(seed):
            rng = random.Random(seed)
            for _ in range(60):
                self.client(proxy, rng)
        threads = [threading.Thread(target=run, args=(SEED + i,)) for i in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(120)
        self.assertIsNone(proxy.process.poll(), proxy.log())
        for _ in range(5):
            self.assertEqual(b"o" * 10, self.get(proxy, "/_own?10")[1])
        dt.wait_for(lambda: self.stats(proxy)["connections"] == 1, "all clients to be gone")
        self.assertLessEqual(self.stats(proxy)["upstream_connections"], 16)
        ends = self.events(proxy, "connection")
        self.assertGreater(len({e["reason"] for e in ends}), 4)


if __name__ == "__main__":
    unittest.main()
