"""What the tests of HTTP/1.1 rows share: one program, raw messages, what each side then saw."""
import devproof_testing as dt
from core_support import CoreTest
from recording_backend import Malformed, Reader, RecordingBackend

NEXT = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"


def crlf(text):
    """A message written with plain line ends."""
    return text.replace("\n", "\r\n").encode("latin-1")


class HttpTest(CoreTest):
    def start_proxy(self, *options, answers=None, tls=False):
        """The engine in front of a recording backend."""
        self.backend = RecordingBackend(self, answers)
        self.gateway = self.proxy(self.backend.server, *options, tls=tls)

    def dial(self):
        sock = dt.tcp_connect("127.0.0.1", self.gateway.port)
        self.addCleanup(sock.close)
        return Reader(sock)

    def open(self):
        """A client connection: a strict reader, over TLS when the program speaks it."""
        return Reader(self.connect(self.gateway).sock) if self.gateway.tls else self.dial()

    def ask(self, client, data, method=None):
        """Send a request, return its answer."""
        client.sock.sendall(data)
        return client.answer(method or data.split(b" ", 1)[0].decode("latin-1"))

    def assert_next_works(self, client=None):
        """A valid request is served: on this connection, or on a new one."""
        own = client is None
        client = client or self.open()
        answer = self.ask(client, NEXT)
        self.assertIsNotNone(answer, "the connection was closed")
        self.assertEqual((200, b"ok"), (answer.status, answer.body))
        if own:
            client.sock.close()

    def assert_closed(self, client):
        """Nothing more comes, and the end is one."""
        self.assertEqual(b"", client.rest())
        client.sock.close()

    def assert_refused(self, data, statuses, code=None):
        """One answer of ours, then the end; nothing behind it was served; others still are."""
        client = self.open()
        answer = self.ask(client, data)
        self.assertIsNotNone(answer, "no answer")
        self.assertIn(answer.status, statuses, answer)
        self.assertEqual("close", answer.get("Connection"), answer)
        self.assertIsNotNone(answer.get("Date"))
        if code:
            self.assertIn(code.encode(), answer.body)
        self.assert_closed(client)
        self.assert_next_works()
        return answer

    def assert_nothing_reached(self, target):
        self.assertEqual(0, self.backend.begun(target), f"{target} was forwarded")

    def assert_gives(self, answer, status, body=None):
        self.assertIsNotNone(answer, "no answer")
        self.assertEqual(status, answer.status, answer)
        if body is not None:
            self.assertEqual(body, answer.body, answer)
        return answer

    def assert_bad_gateway(self, answer, status, token):
        """An answer of ours that says what was wrong with the far side (RFC 9209)."""
        self.assert_gives(answer, status)
        self.assertRegex(answer.get("Proxy-Status") or "",
                         f"^devproof; error={token}; details=\"[a-z0-9-]+\"$")
        self.assertEqual(status == 503, answer.get("Retry-After") is not None, answer)


__all__ = ["HttpTest", "Malformed", "NEXT", "Reader", "RecordingBackend", "crlf"]
