#!/usr/bin/env python3
"""Several servers that speak HTTP/2 behind one upstream: who gets what, who waits, who is left out."""
import unittest

import devproof_testing as dt
import h2_frames as h2
from core_support import Backend
from http2_support import Http2Test, request
from test_http2_origin import Origin, serve


def refuse(origin, stream):
    origin.send(h2.rst_stream(stream, h2.REFUSED_STREAM))


def reset(origin, stream):
    origin.send(h2.rst_stream(stream, h2.INTERNAL_ERROR))


class Servers(Http2Test):
    def backend(self, reply=Origin.reply, **kwargs):
        def counted(origin, stream):
            backend.streams += 1
            reply(origin, stream)
        backend = Backend(self, lambda peer, n: serve(peer, n, counted, **kwargs))
        backend.streams = 0
        return backend

    def launch(self, servers, *options):
        self.gateway = self.proxy(servers, "--h2", "--upstream-h2", "--failures", *options)
        return self.open()

    def fetch(self, client, method="GET"):
        return client.ask(request("/", method))

    def test_requests_take_turns_and_share_connections(self):
        backends = [self.backend() for _ in range(3)]
        client = self.launch([b.server for b in backends])
        for _ in range(12):
            self.assertEqual(200, self.fetch(client).status)
        self.assertEqual([(4, 1)] * 3, [(b.streams, b.count) for b in backends])

    def test_the_server_with_the_fewest_streams_is_taken(self):
        held = []
        backends = [self.backend(lambda origin, stream: held.append((origin, stream))),
                    self.backend()]
        client = self.launch([b.server for b in backends], "--least")
        slow = client.open(request("/slow"))
        dt.wait_for(lambda: held, "a request that is held")
        for _ in range(6):
            self.assertEqual(200, self.fetch(client).status)
        self.assertEqual([1, 6], [b.streams for b in backends])
        held[0][0].reply(held[0][1])
        self.assertEqual(b"ok", client.finish(slow).body)

    def test_a_server_that_is_not_there_is_passed_over(self):
        good = self.backend()
        client = self.launch([f"127.0.0.1:{self.closed_port()}", good.server], "--set", "eject=0")
        for method in ("GET", "POST") * 2:
            self.assertEqual(200, self.fetch(client, method).status)
        self.assertEqual((4, 1), (good.streams, good.count))
        self.assertEqual(4, self.stats(self.gateway)["retries"])

    def test_what_one_refuses_goes_to_another(self):
        backends = [self.backend(refuse), self.backend()]
        client = self.launch([b.server for b in backends], "--set", "eject=0")
        for _ in range(4):
            self.assertEqual(200, self.fetch(client, "POST").status)
        # The turn after a retry is that of the first again.
        self.assertEqual([4, 4], [b.streams for b in backends])
        self.assertEqual(4, self.stats(self.gateway)["retries"])

    def test_retries_end_with_the_budget(self):
        backend = self.backend(refuse)
        client = self.launch([backend.server])
        for _ in range(20):
            answer = self.fetch(client)
            self.assertEqual(502, answer.status)
            self.assertIn(b"upstream-reset", answer.body)
        self.assertEqual((30, 10), (backend.streams, self.stats(self.gateway)["retries"]))

    def test_one_that_resets_is_ejected_and_nothing_is_repeated(self):
        backends = [self.backend(reset), self.backend()]
        client = self.launch([b.server for b in backends], "--set", "eject=60000")
        statuses = [self.fetch(client).status for _ in range(12)]
        self.assertEqual([502, 200, 502] + [200] * 9, statuses)
        self.assertEqual([2, 10], [b.streams for b in backends])
        stats = self.stats(self.gateway)
        self.assertEqual((0, 1), (stats["retries"], stats["ejections"]))

    def test_a_connection_that_ends_counts_once(self):
        def script(peer, number):
            del number
            origin = Origin(peer)
            while origin.request() != 5:
                pass
        backends = [Backend(self, script), self.backend()]
        client = self.launch([b.server for b in backends], "--set", "eject=60000")
        streams = [client.open(request("/")) for _ in range(6)]
        self.assertEqual([502, 200] * 3, [client.finish(s).status for s in streams])
        stats = self.stats(self.gateway)
        self.assertEqual((0, 0), (stats["retries"], stats["ejections"]))

    def test_who_finds_no_stream_waits_for_one(self):
        held = []
        backend = self.backend(lambda origin, stream: held.append((origin, stream)),
                               settings={h2.MAX_CONCURRENT_STREAMS: 1})
        client = self.launch([backend.server], "--set", "upstream_connections=1")
        streams = [client.open(request("/")) for _ in range(5)]
        for n in range(5):
            dt.wait_for(lambda n=n: len(held) > n, "one more request")
            held[n][0].reply(held[n][1])
        self.assertEqual([b"ok"] * 5, [client.finish(s).body for s in streams])
        self.assertEqual((5, 1), (backend.streams, backend.count))

    def test_waiting_has_an_end(self):
        held = []
        backend = self.backend(lambda origin, stream: held.append((origin, stream)),
                               settings={h2.MAX_CONCURRENT_STREAMS: 1})
        client = self.launch([backend.server], "--set", "upstream_connections=1",
                            "--set", "upstream_queue=200")
        first = client.open(request("/"))
        dt.wait_for(lambda: held, "the request that is held")
        answer = self.fetch(client)
        self.assertEqual(503, answer.status)
        self.assertIn(b"upstream-queue-timeout", answer.body)
        held[0][0].reply(held[0][1])
        self.assertEqual(b"ok", client.finish(first).body)


if __name__ == "__main__":
    unittest.main()
