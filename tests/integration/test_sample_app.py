"""The sample app keeps its promises, which the tests of the gateway build on."""
import http.client
import json
import unittest

import devproof_testing as dt


class SampleApp(dt.TestCase):
    def setUp(self):
        self.app = self.start_sample_app()

    def get(self, path, **kwargs):
        return dt.http_request(self.app.url + path, **kwargs)

    def test_page_is_html(self):
        reply = self.get("/")
        self.assertEqual(200, reply.status)
        self.assertIn(b"It works", reply.body)

    def test_echo_shows_fields_and_body(self):
        seen = self.get("/echo?a=1", method="POST", body=b"hello", headers={"X-A": "b"}).json()
        self.assertEqual(("POST", "/echo?a=1", "hello"),
                         (seen["method"], seen["target"], seen["body"]))
        self.assertIn(["X-A", "b"], seen["headers"])

    def test_one_connection_carries_many_requests(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.app.port, timeout=10)
        self.addCleanup(connection.close)
        for n in range(3):
            self.assertEqual(str(n), dt.exchange(connection, "POST", "/echo", str(n)).json()["body"])

    def test_chunked_upload_is_counted(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.app.port, timeout=10)
        self.addCleanup(connection.close)
        connection.request("POST", "/upload", body=iter([b"a" * 70000, b"b" * 5]),
                           encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
        self.assertEqual(70005, json.loads(connection.getresponse().read())["bytes"])

    def test_stream_sends_events(self):
        reply = self.get("/stream?n=3&ms=1")
        self.assertEqual("text/event-stream", reply.headers["Content-Type"])
        self.assertEqual(3, reply.body.count(b"data: event"))

    def test_stats_count_every_byte_but_their_own(self):
        self.assertEqual({"requests": 0, "bytes": 0}, self.get("/stats").json())
        with dt.tcp_connect("127.0.0.1", self.app.port) as sock:
            sock.sendall(b"no http")
            dt.wait_for(lambda: self.get("/stats").json()["bytes"] == 7, "the bytes to arrive")
        self.assertEqual({"requests": 0, "bytes": 7}, self.get("/stats").json())

    def test_relay_counts_and_can_change_bytes(self):
        def mutate(direction, data):
            return data.replace(b"works", b"broke") if direction == "down" else data
        relay = dt.TcpRelay(("127.0.0.1", self.app.port), mutate)
        self.addCleanup(relay.close)
        reply = dt.http_request(f"http://127.0.0.1:{relay.port}/")
        self.assertIn(b"It broke", reply.body)
        self.assertEqual(1, relay.connections)
        self.assertTrue(bytes(relay.seen_up).startswith(b"GET / HTTP/1.1"))
        self.assertGreater(relay.down, len(reply.body))


if __name__ == "__main__":
    unittest.main()
