#!/usr/bin/env python3
"""Start, identity swaps, limits on connections, draining."""
import os
import shutil
import signal
import socket
import threading
import unittest

import devproof_testing as dt
from core_support import (OK, PROXY, Backend, CoreTest, answer_all, client_context, make_cert)

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Life(CoreTest):
    def leaf(self, proxy):
        return self.connect(proxy).sock.getpeercert(True)

    def swap(self, proxy):
        """Give the engine another key; returns when new connections get it."""
        old = self.leaf(proxy)
        cert, key = make_cert(self.folder, f"next{len(os.listdir(self.folder))}")
        shutil.copy(cert, proxy.cert)
        shutil.copy(key, proxy.key)
        proxy.process.send_signal(signal.SIGHUP)
        dt.wait_for(lambda: self.leaf(proxy) != old, "the next certificate")

    def test_draining_lets_answers_end_and_closes_idle_connections(self):
        begun, release = threading.Event(), threading.Event()

        def script(peer, _):
            peer.head()
            begun.set()
            release.wait(dt.DEADLINE_S)
            peer.send(OK)
            peer.rest()
        proxy = self.proxy(Backend(self, script).server, "--threads", 2)
        idle, busy = self.connect(proxy), self.connect(proxy)
        busy.send(GET)
        self.assertTrue(begun.wait(dt.DEADLINE_S))
        proxy.process.send_signal(signal.SIGTERM)
        self.assertEqual(b"", idle.rest())
        self.assertIsNone(proxy.process.poll())
        dt.wait_for(lambda: self.is_refused(proxy), "closed listeners")
        release.set()
        head = busy.head()
        self.assertIn(b"Connection: close", head)
        self.assertEqual(b"ok", busy.body(head))
        self.assertEqual(b"", busy.rest())
        self.assertEqual(0, proxy.wait_exit())

    def test_draining_has_a_bound(self):
        begun = threading.Event()

        def script(peer, _):
            peer.head()
            begun.set()
            peer.rest()
        proxy = self.proxy(Backend(self, script).server, "--set", "drain=200")
        peer = self.connect(proxy)
        peer.send(GET)
        self.assertTrue(begun.wait(dt.DEADLINE_S))
        proxy.process.send_signal(signal.SIGTERM)
        self.assertEqual(0, proxy.wait_exit())
        self.wait_event(proxy, "connection", reason="drain-timeout")

    def test_the_identity_changes_under_load_without_a_failed_request(self):
        proxy = self.proxy(Backend(self).server, "--threads", 2)
        stop, failures, counts, leaves = threading.Event(), [], [], set()

        def load():
            n = 0
            try:
                while not stop.is_set():
                    peer = self.connect(proxy)
                    leaves.add(peer.sock.getpeercert(True))
                    for _ in range(5):
                        peer.send(GET)
                        assert peer.body(peer.head()) == b"ok"
                        n += 1
                    peer.close()
            except Exception as e:  # pylint: disable=broad-except
                failures.append(e)
            counts.append(n)
        threads = [threading.Thread(target=load) for _ in range(3)]
        for t in threads:
            t.start()
        old = self.connect(proxy)
        for _ in range(4):
            self.swap(proxy)
        old.send(GET)
        self.assertEqual(b"ok", old.body(old.head()))
        stop.set()
        for t in threads:
            t.join(dt.DEADLINE_S)
        self.assertEqual([], failures)
        self.assertGreater(min(counts), 0)
        self.assertGreater(len(leaves), 1)

    def resumed(self, proxy, context, session=None):
        peer = self.connect(proxy, context=context, session=session)
        peer.send(GET)
        self.assertEqual(b"ok", peer.body(peer.head()))
        result = peer.sock.session_reused, peer.sock.session
        peer.close()
        return result

    def test_tickets_are_good_on_all_threads_and_for_one_identity(self):
        proxy = self.proxy(Backend(self).server, "--threads", 2)
        context = client_context()
        _, session = self.resumed(proxy, context)
        for _ in range(8):
            hit, _ = self.resumed(proxy, context, session)
            self.assertTrue(hit)
        self.swap(proxy)
        hit, _ = self.resumed(proxy, context, session)
        self.assertFalse(hit)
        self.assertGreaterEqual(self.stats(proxy)["resumed"], 8)

    def test_server_names_and_alpn_are_checked_in_the_handshake(self):
        proxy = self.proxy(Backend(self).server)
        for sni, alpn in (("unknown.example.test", ("http/1.1",)), ("localhost", ("h3",))):
            with self.assertRaises(OSError):
                self.connect(proxy, context=client_context(alpn), sni=sni)
        peer = self.connect(proxy, context=client_context(()), sni=None)
        peer.send(GET)
        self.assert_status(peer.head(), 200)

    def test_at_the_cap_clients_wait_until_there_is_room(self):
        proxy = self.proxy(Backend(self, answer_all).server, "--set", "max_connections=2")
        first, second = self.connect(proxy), self.connect(proxy)
        raw = socket.create_connection(("127.0.0.1", proxy.port), dt.DEADLINE_S)
        self.addCleanup(raw.close)
        second.send(GET)
        self.assertEqual(b"ok", second.body(second.head()))
        first.close()
        third = client_context().wrap_socket(raw, server_hostname="localhost")
        self.addCleanup(third.close)
        third.sendall(b"GET /_stats HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertIn(b'"pauses":', third.recv(65536))

    def test_without_descriptors_clients_are_dropped_and_later_served(self):
        cert, key = make_cert(self.folder, "gateway")
        program = self.start(["sh", "-c", 'ulimit -n 40; exec "$@"', "sh", dt.built(PROXY),
                              "--listen", "127.0.0.1:0", "--upstream", Backend(self).server,
                              "--log", "--cert", cert, "--key", key], name="limited")
        program.port, program.tls = program.ready["port"], True
        socks = [socket.create_connection(("127.0.0.1", program.port), dt.DEADLINE_S) for _ in range(60)]
        dropped = socks[-1]
        dropped.settimeout(dt.DEADLINE_S)
        try:
            self.assertEqual(b"", dropped.recv(1))
        except ConnectionResetError:
            pass
        for s in socks:
            s.close()
        self.wait_event(program, "connection", state="handshake")
        def served():
            try:
                return b" 200 " in self.get(program)[0]
            except (OSError, AssertionError):
                return False
        dt.wait_for(served, "an answer")

    def test_a_port_in_use_is_an_error(self):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            s.bind(("127.0.0.1", 0))
            s.listen()
            done = self.run_program([dt.built(PROXY), "--listen",
                                     f"127.0.0.1:{s.getsockname()[1]}", "--upstream", "127.0.0.1:1"])
        self.assertEqual(1, done.returncode)
        self.assertIn("Address already in use", done.stderr)

    def test_requests_per_connection_are_limited(self):
        peer = self.connect(self.proxy(Backend(self).server, "--set", "max_requests=2"))
        peer.send(GET + GET)
        self.assertNotIn(b"Connection: close", peer.head())
        peer.exactly(2)
        self.assertIn(b"Connection: close", peer.head())


if __name__ == "__main__":
    unittest.main()
