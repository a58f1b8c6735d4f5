#!/usr/bin/env python3
"""Messages in pieces: byte by byte and at every two-part split a message means the same."""
import concurrent.futures
import time
import unittest

from http_support import HttpTest, Malformed, crlf

PAUSE_S = 0.001
THREADS = 16
CHUNKED = "Transfer-Encoding: chunked\n\n"

REQUESTS = [crlf(t) for t in (
    "GET /q HTTP/1.1\nHost: a\nX: b\n\n",
    "\nHEAD /q HTTP/1.1\nHost: a\n\n",
    "POST /q HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello",
    f"POST /q HTTP/1.1\nHost: a\n{CHUNKED}2;e=f\nab\n3\ncde\n0\nX: y\n\n",
    "POST /q HTTP/1.0\nHost: a\nConnection: keep-alive\nContent-Length: 2\n\nok",
    "GET http://a:80/q HTTP/1.1\nHost: a:80\n\n",
    f"POST /q HTTP/1.1\nHost: a\nContent-Length: 3\n{CHUNKED}0\n\n",
    "POST /q HTTP/1.1\nHost: a\nContent-Length: 1\nContent-Length: 2\n\nab",
    "POST /q HTTP/1.1\nHost: a\nTransfer-Encoding: gzip, chunked\n\n0\n\n",
    "GET /q HTTP/1.1\nHost: a\nX : b\n\n",
    "GET /q HTTP/1.1\nHost: a\nX: b\n c\n\n",
    "GET /q HTTP/1.1\nHost: a\nHost: a\n\n",
    "GET  /q HTTP/1.1\nHost: a\n\n",
    "GET /q HTTP/2.0\nHost: a\n\n",
    f"POST /q HTTP/1.1\nHost: a\n{CHUNKED}2 \nab\n0\n\n",
    f"POST /q HTTP/1.1\nHost: a\n{CHUNKED}2\nabc\n0\n\n",
    f"POST /q HTTP/1.1\nHost: a\n{CHUNKED}2\nab\n0\nX : y\n\n")] + [
    b"GET /q HTTP/1.1\r\nHost: a\n\r\n", b"GET /q HTTP/1.1\r\nHost: a\rb\r\n\r\n",
    b"POST /q HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\nab\r\n0\r\n\r\n"]

ANSWERS = [crlf(t) for t in (
    "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
    f"HTTP/1.1 200 OK\n{CHUNKED}2;e=f\nab\n3\ncde\n0\nX: y\n\n",
    "HTTP/1.0 200 OK\nA: b\n\nto the end",
    "HTTP/1.1 103 Early Hints\nLink: x\n\nHTTP/1.1 204 No Content\nA: b\n\n",
    "HTTP/1.1 200 OK\nA : b\n\n",
    f"HTTP/1.1 200 OK\nContent-Length: 3\n{CHUNKED}0\n\n",
    "HTTP/1.1 101 Switching Protocols\n\n",
    f"HTTP/1.1 200 OK\n{CHUNKED}2 \nab\n0\n\n")]


def pieces(data, at):
    """Whole for None, bytes for 0, else two parts."""
    if at is None:
        return [data]
    return [data[i:i + 1] for i in range(len(data))] if at == 0 else [data[:at], data[at:]]


def send_in_pieces(sock, parts):
    for i, part in enumerate(parts):
        if i > 0:
            time.sleep(PAUSE_S)
        sock.sendall(part)


def essence(message):
    """What must not depend on how the bytes came."""
    fields = [f for f in message.fields if f[0] not in (b"Date", b"X-Request-Id",
                                                        b"X-Forwarded-Port")]
    return (message.start, fields, message.body, message.trailers, message.framing,
            [i.start for i in message.interim])


class Split(HttpTest):
    def everywhere(self, data, run):
        """run(None) and run(every split) give the same."""
        expected = run(None)
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            for at, got in enumerate(pool.map(run, range(len(data)))):
                self.assertEqual(expected, got, f"split at {at} of {data!r}")
        return expected

    def send_request(self, data, at):
        client = self.dial()
        try:
            send_in_pieces(client.sock, pieces(data, at))
        except OSError:
            pass  # refused before its end
        answer = client.answer("HEAD" if b"HEAD" in data else "GET")
        closed = answer.get("Connection") == "close"
        if closed:
            self.assertEqual(b"", client.rest())
        client.sock.close()
        return essence(answer), closed

    def test_requests(self):
        self.start_proxy()
        for data in REQUESTS:
            with self.subTest(data=data):
                self.backend.requests.clear()
                (start, *_), closed = self.everywhere(data, lambda at, d=data:
                                                      self.send_request(d, at))
                good = start[1] == b"200"
                self.assertEqual(good, not closed)
                seen = [essence(r) for r in self.backend.seen("/q")]
                self.assertEqual(len(data) + 1 if good else 0, len(seen))
                self.assertTrue(all(s == seen[0] for s in seen))
        self.assert_next_works()

    def get_answer(self, number, at):
        client = self.dial()
        split = "whole" if at is None else at
        client.sock.sendall(crlf(f"GET /a{number}?{split} HTTP/1.1\nHost: a\n\n"))
        try:
            got = essence(client.answer())
        except (EOFError, Malformed) as e:
            return type(e).__name__
        client.sock.sendall(crlf("GET /next HTTP/1.1\nHost: a\n\n"))
        self.assertEqual(b"ok", client.answer().body)
        client.sock.close()
        return got

    def test_answers(self):
        def answer(data):
            def send(connection, request):
                connection.backend.complete(connection, request)
                at = request.target.partition("?")[2]
                send_in_pieces(connection.sock, pieces(data, None if at == "whole" else int(at)))
                return not data.startswith(b"HTTP/1.0")
            return send
        self.start_proxy(answers={f"/a{i}": answer(d) for i, d in enumerate(ANSWERS)})
        got = [self.everywhere(data, lambda at, n=i: self.get_answer(n, at))
               for i, data in enumerate(ANSWERS)]
        self.assertEqual([b"200", b"200", b"200", b"204", b"502", b"502", b"502", "EOFError"],
                         [g if isinstance(g, str) else g[0][1] for g in got])


if __name__ == "__main__":
    unittest.main()
