#!/usr/bin/env python3
"""Bodies on their way: nothing is collected, expectations, early answers, half-closed clients."""
import socket
import struct
import threading
import unittest

import devproof_testing as dt
from http_support import NEXT, HttpTest, crlf

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
TOO_BIG = b"HTTP/1.1 413 Too Big\r\nContent-Length: 3\r\n\r\nbig"
POST = "POST /x HTTP/1.1\nHost: a\n"
CHUNKED = "Transfer-Encoding: chunked\n\n"
EXPECT = crlf(POST + "Expect: 100-Continue\nContent-Length: 4\n\n")
WAIT_S = dt.DEADLINE_S


class Stream(HttpTest):
    def test_an_upload_is_passed_on_as_it_comes(self):
        arrived, pieces = threading.Event(), []

        def take(connection, message):
            for _ in range(3):
                size = int(connection.line(), 16)
                pieces.append(connection.exactly(size))
                connection.line()
                arrived.set()
            connection.line()
            message.trailers = connection.fields()
            connection.send(OK)
            return True
        self.start_proxy(answers={"/x": take})
        client = self.open()
        client.sock.sendall(crlf(POST + CHUNKED))
        for piece in (b"one", b"two", b"three"):
            client.sock.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.assertTrue(arrived.wait(WAIT_S), "it was kept until more came")
            arrived.clear()
        client.sock.sendall(b"0\r\n\r\n")
        self.assert_gives(client.answer(), 200)
        self.assertEqual([b"one", b"two", b"three"], pieces)
        self.assert_next_works(client)

    def test_an_answer_is_passed_on_as_it_comes(self):
        for head, framed in (("Content-Type: text/event-stream\n\n", lambda p: p),
                             (CHUNKED, lambda p: b"%x\r\n%s\r\n" % (len(p), p))):
            go = threading.Semaphore(0)

            def drip(connection, message, head=head, framed=framed, go=go):
                connection.backend.complete(connection, message)
                connection.send(crlf("HTTP/1.1 200 OK\n" + head))
                for piece in (b"data: 1\n\n", b"data: 2\n\n"):
                    connection.send(framed(piece))
                    go.acquire(timeout=WAIT_S)
                if head == CHUNKED:
                    connection.send(b"0\r\nGrpc-Status: 0\r\n\r\n")
                return False
            self.start_proxy(answers={"/x": drip})
            client = self.open()
            client.sock.sendall(crlf("GET /x HTTP/1.1\nHost: a\n\n"))
            while client.line():
                pass
            for piece in (b"data: 1\n\n", b"data: 2\n\n"):
                self.assertEqual(b"9", client.line())
                self.assertEqual(piece + b"\r\n", client.exactly(11))
                go.release()
            self.assertEqual(b"0", client.line())
            self.assertEqual([(b"Grpc-Status", b"0")] if head == CHUNKED else [], client.fields())
            self.assert_next_works(client)

    def test_both_directions_at_once(self):
        def echo(connection, message):
            del message
            connection.send(crlf("HTTP/1.1 200 OK\n" + CHUNKED))
            while size := int(connection.line(), 16):
                connection.send(b"%x\r\n%s\r\n" % (size, connection.exactly(size)))
                connection.line()
            connection.send(b"0\r\n\r\n")
            connection.fields()
            return True
        self.start_proxy(answers={"/x": echo})
        client = self.open()
        client.sock.sendall(crlf(POST + CHUNKED))
        self.assertIn(b"200", client.line())
        client.fields()
        for _ in range(3):
            client.sock.sendall(b"4\r\nping\r\n")
            self.assertEqual((b"4", b"ping\r\n"), (client.line(), client.exactly(6)))
        client.sock.sendall(b"0\r\n\r\n")
        self.assertEqual((b"0", []), (client.line(), client.fields()))
        self.assert_closed(client)
        self.assert_next_works()

    def test_100_is_the_origins_to_give(self):
        asked = threading.Event()

        def agree(connection, message):
            self.assertEqual(("100-Continue", b""), (message.get("Expect"), connection.data))
            asked.set()
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.backend.complete(connection, message)
            connection.send(OK)
            return True
        self.start_proxy(answers={"/x": agree})
        client = self.open()
        client.sock.sendall(EXPECT)
        self.assertEqual(b"HTTP/1.1 100 Continue", client.line())
        client.fields()
        self.assertTrue(asked.is_set())
        client.sock.sendall(b"body")
        self.assert_gives(client.answer(), 200)
        self.assertEqual(b"body", self.backend.seen("/x")[0].body)
        self.assert_next_works(client)

    def test_a_final_answer_instead_of_100(self):
        def refuse(connection, message):
            connection.send(TOO_BIG)
            connection.rest()
            connection.ended = True
            del message
            return False
        self.start_proxy(answers={"/x": refuse})
        for then in (b"", b"body", b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"):
            client = self.open()
            answer = self.assert_gives(self.ask(client, EXPECT), 413, b"big")
            self.assertEqual(([], "close"), (answer.interim, answer.get("Connection")))
            client.sock.sendall(then)
            self.assert_closed(client)
            dt.wait_for(lambda: self.backend.connections[-1].ended, "the end of that upload")
            self.assert_next_works()
        self.assert_nothing_reached("/smuggled")

    def test_our_own_answer_instead_of_100(self):
        self.start_proxy()
        client = self.open()
        answer = self.ask(client, EXPECT.replace(b"/x", b"/_own?2"))
        self.assertEqual((b"oo", [], "close"), (answer.body, answer.interim,
                                                answer.get("Connection")))
        self.assert_closed(client)

    def test_an_early_answer_is_not_lost_however_the_origin_ends(self):
        def early(how):
            def answer(connection, message):
                connection.send(TOO_BIG)
                if how == "reset":
                    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                               struct.pack("ii", 1, 0))
                elif how == "reads":
                    connection.rest()
                del message
                return False
            return answer
        for how in ("reads", "closes", "reset"):
            for framing in ("Content-Length: 9000000\n\n", CHUNKED):
                with self.subTest(how=how, framing=framing):
                    self.early(early(how), framing, 1 if how == "reset" else 60)

    def early(self, answer, framing, pieces):
        self.start_proxy(answers={"/x": answer})
        client = self.open()
        client.sock.sendall(crlf(POST + framing))
        piece = b"x" * 100000
        if framing == CHUNKED:
            piece = b"186a0\r\n" + piece + b"\r\n"
        try:
            for _ in range(pieces):
                client.sock.sendall(piece)
        except OSError:
            self.fail("the connection was reset under the upload")
        got = client.answer()
        # A reset may overtake the answer on its way here; then it is ours to say so.
        self.assertIn(got.status, (413, 502) if pieces == 1 else (413,))
        if got.status == 413:
            self.assertEqual((b"big", "close"), (got.body, got.get("Connection")))
        self.assertEqual([], self.backend.requests)
        self.assert_next_works()

    def test_a_client_that_ends_its_side_still_gets_the_answer(self):
        for tls in (False, True):
            release = threading.Event()

            def later(connection, message, release=release):
                connection.backend.complete(connection, message)
                release.wait(WAIT_S)
                connection.send(OK)
                return True
            self.start_proxy(tls=tls, answers={"/x": later})
            peer = self.connect(self.gateway)
            peer.send(crlf(POST + "Content-Length: 2\n\nab") + NEXT)
            peer.half_close()
            release.set()
            for _ in range(2):
                self.assertEqual(b"ok", peer.body(peer.head()))
            self.assertEqual(b"", peer.rest())

    def test_a_body_that_ends_early_never_has_an_end_at_the_origin(self):
        self.start_proxy()
        for i, text in enumerate(("Content-Length: 9\n\nhalf", CHUNKED + "9\nhalf",
                                  CHUNKED + "4\nhalf\n", CHUNKED + "4\nhalf\n0\n")):
            for reset in (False, True):
                with self.subTest(text=text, reset=reset):
                    self.end_early(crlf(POST + text), reset)
                    dt.wait_for(lambda n=2 * i + reset: len(self.backend.cut) == n + 1, "the cut")
        self.assertEqual([], self.backend.seen("/x"))
        self.assert_next_works()

    def end_early(self, data, reset):
        client = self.dial()
        before = self.backend.begun("/x")
        client.sock.sendall(data)
        dt.wait_for(lambda: self.backend.begun("/x") > before, "its head")
        if reset:
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sock.close()
            return
        client.sock.shutdown(socket.SHUT_WR)
        answer = self.assert_gives(client.answer(), 400)
        self.assertIn(b"body-truncated", answer.body)
        self.assert_closed(client)

    def test_connections_are_kept_and_reused_on_both_sides(self):
        self.start_proxy(tls=True)
        client = self.open()
        for i in range(20):
            method = ("GET", "POST", "HEAD", "PUT")[i % 4]
            body = "Content-Length: 2\n\nab" if i % 2 else "\n"
            self.assert_gives(self.ask(client, crlf(f"{method} /k HTTP/1.1\nHost: a\n{body}")), 200)
        other = self.open()
        self.assert_next_works(other)
        self.assertEqual((1, 20), (len(self.backend.connections), len(self.backend.seen("/k"))))


if __name__ == "__main__":
    unittest.main()
