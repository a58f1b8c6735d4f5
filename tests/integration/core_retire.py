#!/usr/bin/env python3
"""Another process serves from now on: who is connected loses nothing."""
import signal
import socket
import threading
import unittest

import devproof_testing as dt
import h2_frames as h2
from core_support import OK, Backend, Peer, TIMEOUT_S, client_context
from http2_support import Http2Test, request

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Retire(Http2Test):
    def retire(self, proxy):
        proxy.process.send_signal(signal.SIGUSR2)
        dt.wait_for(lambda: self.is_refused(proxy), "closed listeners")

    def assert_last_answer(self, peer):
        head = peer.head()
        self.assert_status(head, 200)
        self.assertIn(b"Connection: close", head)
        self.assertEqual((b"ok", b""), (peer.body(head), peer.rest()))

    def assert_ends(self, proxy, *peers):
        """When the last connection has gone, so has the process."""
        for peer in peers:
            peer.sock.close()
        self.assertEqual(0, proxy.wait_exit())

    def test_an_idle_connection_may_ask_once_more(self):
        proxy = self.proxy(Backend(self).server, "--threads", 2)
        peers = [self.connect(proxy) for _ in range(4)]
        self.retire(proxy)
        for peer in peers:
            peer.send(GET)
            self.assert_last_answer(peer)
        self.assert_ends(proxy)

    def test_patience_ends_before_the_drain(self):
        proxy = self.proxy(Backend(self).server, "--set", "drain=600")
        peer = self.connect(proxy)
        self.retire(proxy)
        self.assertEqual(b"", peer.rest())
        self.assert_ends(proxy, peer)
        self.wait_event(proxy, "connection", reason="drained")

    def test_a_handshake_under_way_leads_to_an_answer(self):
        proxy = self.proxy(Backend(self).server)
        busy = self.connect(proxy)
        raw = socket.create_connection(("127.0.0.1", proxy.port), TIMEOUT_S)
        busy.send(GET)
        busy.body(busy.head())  # the other one has been accepted before
        self.retire(proxy)
        with client_context().wrap_socket(raw, server_hostname="localhost") as sock:
            peer = Peer(sock)
            peer.send(GET)
            self.assert_last_answer(peer)
            self.assert_ends(proxy, peer, busy)

    def test_an_answer_that_promised_to_go_on_does(self):
        begun, release = threading.Event(), threading.Event()

        def script(peer, _):
            while peer.head() is not None:
                peer.send(OK[:-2])
                begun.set()
                release.wait(TIMEOUT_S)
                peer.send(OK[-2:])
        proxy = self.proxy(Backend(self, script).server)
        peer = self.connect(proxy)
        peer.send(GET)
        self.assertTrue(begun.wait(TIMEOUT_S))
        head = peer.head()
        self.assertNotIn(b"Connection: close", head)
        self.retire(proxy)
        release.set()
        self.assertEqual(b"ok", peer.body(head))
        peer.send(GET)
        self.assert_last_answer(peer)
        self.assert_ends(proxy, peer)

    def test_http2_is_told_in_two_steps(self):
        self.start_proxy()
        client = self.open()
        self.retire(self.gateway)
        client.until(lambda: client.goaway, "the first GOAWAY")
        self.assertEqual((0x7fffffff, h2.NO_ERROR), client.goaway)
        stream = client.open(request("/late"))  # before the PING behind it is answered
        self.assertEqual((200, b"ok"), (client.finish(stream).status, client.answer(stream).body))
        self.assertEqual(h2.NO_ERROR, client.end())
        self.assertEqual(stream, client.goaway[0])
        self.assert_ends(self.gateway, client)

    def test_a_handshake_under_way_leads_to_http2(self):
        self.start_proxy()
        busy = self.open()
        raw = socket.create_connection(("127.0.0.1", self.gateway.port), TIMEOUT_S)
        busy.sync()
        self.retire(self.gateway)
        with client_context(("h2",)).wrap_socket(raw, server_hostname="localhost") as sock:
            client = type(busy)(sock)
            stream = client.open(request("/late"))
            self.assertEqual(200, client.finish(stream).status)
            self.assertEqual((h2.NO_ERROR, stream), (client.end(), client.goaway[0]))
            self.assert_ends(self.gateway, client, busy)

    def test_a_signal_after_it_ends_at_once(self):
        proxy = self.proxy(Backend(self).server)
        peer = self.connect(proxy)
        self.retire(proxy)
        proxy.process.send_signal(signal.SIGTERM)
        self.assertEqual(b"", peer.rest())
        self.assertEqual(0, proxy.wait_exit())
        self.wait_event(proxy, "connection", reason="stopped")


if __name__ == "__main__":
    unittest.main()
