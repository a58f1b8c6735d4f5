"""Servers that die, stall, talk nonsense or hang up at every byte: the client learns the truth, and the
gateway is afterwards what it was before."""
import threading
import unittest

import devproof_testing as dt
import gateway_testing as gt
from chaos_side import ChaosCase
from recording_backend import RecordingBackend

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nX-Field: value\r\n\r\ntwelve bytes"
CHUNKED = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
           b"6\r\ntwelve\r\n6\r\n bytes\r\n0\r\nX-Trailer: t\r\n\r\n")
GARBAGE = [
    b"\x00" * 40, b"\r\n" * 20, b"garbage\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"HTTP/9.9 200 OK\r\n\r\n",
    b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", b"HTTP/1.1 101 Switching\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n", b"HTTP/1.1 200 OK\r\n X: folded\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n", b"\x16\x03\x01\x00\x05hello",
]


class Scripted(RecordingBackend):
    """Answers every request with the bytes that the test has set, then hangs up when told to."""

    def __init__(self, test):
        super().__init__(test, {})
        self.reply, self.hangs_up = ANSWER, False
        self.stalled = threading.Event()
        test.addCleanup(self.stalled.set)

    def _one(self, connection):
        message = connection.request()
        if message is None:
            return False
        self.complete(connection, message)
        if self.reply is None:
            self.stalled.wait(dt.DEADLINE_S)
            return False
        connection.send(self.reply)
        return not self.hangs_up

    def all_seen(self):
        with self.lock:
            return [r.target for r in self.requests]


class Upstream(ChaosCase):
    def setUp(self):
        self.backend = Scripted(self)
        self.start_chaos([self.backend.server], self.config())

    def config(self):
        """Short waits where a test is about them alone: others may run on a busy machine."""
        waits = {"first_byte_ms": 300, "between_bytes_ms": 300}
        return {"timeouts": waits} if "stalls" in self.id() else {}

    def answered(self, reply, hangs_up=True, path=None):
        """(status, body) that a client gets for a reply; body None when it was cut."""
        self.backend.reply, self.backend.hangs_up = reply, hangs_up
        path = path or self.name()
        client = gt.Client(self.gateway.port)
        try:
            client.request("GET", path)
            response = client.getresponse()
            self.statuses[path] = response.status
            try:
                return response.status, response.read()
            except (gt.http.client.IncompleteRead, ValueError, OSError):
                return response.status, None
        finally:
            client.close()

    def assert_nothing_came_twice(self):
        seen = self.backend.all_seen()
        self.assertEqual(sorted(set(seen)), sorted(seen))

    def closing_at_every_byte(self, answer, whole):
        head = answer.index(b"\r\n\r\n") + 4

        def action():
            for n in range(1, len(answer)):
                status, body = self.answered(answer[:n])
                self.assertEqual((502, False) if n < head else (200, n >= whole),
                                 (status, status == 200 and body == b"twelve bytes"), n)
            self.assertEqual((200, b"twelve bytes"), self.answered(answer))
        self.after_each_time(action, times=1, warm=1)
        self.assert_nothing_came_twice()
        self.assert_log_is_true()

    def test_a_server_that_hangs_up_at_every_byte_of_a_counted_answer(self):
        self.closing_at_every_byte(ANSWER, len(ANSWER))

    def test_a_server_that_hangs_up_at_every_byte_of_a_chunked_answer(self):
        """Whole only with the last byte of the trailer section."""
        self.closing_at_every_byte(CHUNKED, len(CHUNKED))

    def test_a_server_that_says_nothing_before_it_hangs_up(self):
        """A kept connection that ends without a byte may be the server's idle timeout: a GET is sent
        once more, a POST never."""
        def action():
            self.assertEqual(502, self.answered(b"")[0])
            self.assertEqual(502, self.request(method="POST", body="x"))
        self.after_each_time(action)
        seen = self.backend.all_seen()
        for path in set(seen):
            self.assertLessEqual(seen.count(path), 2, path)
        self.assert_log_is_true()

    def test_a_server_that_talks_nonsense(self):
        def action():
            for garbage in GARBAGE:
                self.assertEqual(502, self.answered(garbage)[0], garbage[:60])
            self.assertEqual((200, b"twelve bytes"), self.answered(ANSWER, False))
        self.after_each_time(action)
        self.assert_nothing_came_twice()
        self.assert_log_is_true()

    def test_a_server_that_stalls(self):
        def action():
            self.assertEqual(504, self.answered(None)[0])
            self.assertEqual(504, self.request(method="POST", body="x" * 1000))
            # On a busy machine the head may be late too.
            cut = dt.wait_for(lambda: (a := self.answered(ANSWER[:-5], False))[0] == 200 and a, "a head")
            self.assertEqual((200, None), cut)
        self.after_each_time(action)
        self.assert_nothing_came_twice()
        self.assert_log_is_true()


class Killed(ChaosCase):
    def test_a_server_that_is_killed_and_comes_back(self):
        port = self.closed_port()
        apps = [self.start_sample_app("app-0", port, None)]
        self.start_chaos([f"127.0.0.1:{port}"])

        def action():
            self.assertEqual(200, self.request())
            load = [threading.Thread(target=self.request) for _ in range(8)]
            for t in load:
                t.start()
            apps[-1].process.kill()
            apps[-1].wait_exit()
            for t in load:
                t.join()
            self.assertEqual(502, self.request())
            apps.append(self.start_sample_app(f"app-{len(apps)}", port, None))
            self.assertEqual(200, self.request())
        self.after_each_time(action)
        self.assertLessEqual(set(self.statuses.values()), {200, 502, None})
        self.assert_log_is_true()


if __name__ == "__main__":
    unittest.main()
