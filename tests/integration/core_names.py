#!/usr/bin/env python3
"""Names of servers: several addresses, addresses that move, names that come and go."""
import os
import threading
import unittest

import devproof_testing as dt
from core_support import OK, Backend, CoreTest, answer_all

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Names(CoreTest):
    def start_named(self, addresses, port, *options):
        self.say(addresses)
        proxy = self.proxy(f"app:{port}", "--names", self.path("names"), *options)
        return proxy, self.connect(proxy)

    def say(self, addresses):
        """What the name has from now on, in one step."""
        part = self.write("names.part", "".join(f"app {a}\n" for a in addresses))
        os.rename(part, self.path("names"))

    def hang(self):
        """From now on a look-up does not end until the test does. Returns: an event: one has begun."""
        held, names = self.path("held"), self.path("names")
        begun, over = threading.Event(), threading.Event()

        def hold():
            with open(names, "wb"):  # waits for somebody who reads
                begun.set()
                over.wait()
        thread = threading.Thread(target=hold)
        os.mkfifo(held)
        os.rename(held, names)
        thread.start()

        def end():
            os.rename(names, held)
            self.say(["127.0.0.1"])
            over.set()
            os.close(os.open(held, os.O_RDONLY | os.O_NONBLOCK))
            thread.join()
        self.addCleanup(end)
        return begun

    def ask(self, peer, request=GET):
        peer.send(request)
        head = peer.head()
        peer.body(head)
        return int(head.split(b" ", 2)[1])

    def test_every_address_of_a_name_is_a_server(self):
        one = Backend(self)
        two = Backend(self, host="127.0.0.2", port=one.port)
        proxy, peer = self.start_named(["127.0.0.1", "127.0.0.2"], one.port)
        for _ in range(8):
            self.assertEqual(200, self.ask(peer))
        self.assertEqual([4, 4], [len(b.heads) for b in (one, two)])
        self.assertEqual(2, self.stats(proxy)["servers"])

    def test_of_many_addresses_those_in_use_stay(self):
        one = Backend(self)
        hosts = [f"127.0.0.{i}" for i in range(1, 13)]
        backends = [one] + [Backend(self, host=h, port=one.port) for h in hosts[1:]]
        proxy, peer = self.start_named(hosts, one.port, "--set", "resolve_again=10")
        for order in (hosts, hosts[::-1], hosts[6:] + hosts[:6]):
            self.say(order)
            for _ in range(40):
                self.assertEqual(200, self.ask(peer))
        self.assertEqual([1] * 8 + [0] * 4, [b.count for b in backends])
        self.say(hosts[2:])
        dt.wait_for(lambda: self.ask(peer) == 200 and sum(b.count for b in backends[8:]) == 2,
                    "two others in place of two that went")
        self.assertEqual(8, self.stats(proxy)["servers"])

    def test_old_addresses_drain(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def held(peer, number):
            peer.backend.heads.append(peer.head())
            release.wait(dt.DEADLINE_S)
            peer.send(OK)
            answer_all(peer, number)
        old = Backend(self, held)
        new = Backend(self, host="127.0.0.2", port=old.port)
        proxy, peer = self.start_named(["127.0.0.1"], old.port, "--set", "resolve_again=50")
        peer.send(GET)
        dt.wait_for(lambda: old.heads, "a request at the old address")
        self.say(["127.0.0.2"])
        dt.wait_for(lambda: new.heads or self.connect(proxy).send(GET), "one at the new address")
        other = self.connect(proxy)
        for _ in range(10):
            self.assertEqual(200, self.ask(other, b"GET /later HTTP/1.1\r\nHost: a\r\n\r\n"))
        self.assertFalse([h for h in old.heads if b" /later " in h], "the old address got one")
        self.assertTrue([h for h in new.heads if b" /later " in h])
        release.set()
        self.assert_status(peer.head(), 200)
        dt.wait_for(lambda: self.stats(proxy)["servers"] == 1 and not old.open, "the old to close")

    def test_a_server_that_moved_is_found_without_a_failure(self):
        old = Backend(self, lambda peer, n: answer_all(
            peer, n, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"))
        proxy, peer = self.start_named(["127.0.0.1"], old.port)
        self.assertEqual(200, self.ask(peer))
        new = Backend(self, host="127.0.0.2", port=old.port)
        self.say(["127.0.0.2"])
        old.stop()
        # A name that was looked up a moment ago is not looked up again at once.
        dt.wait_for(lambda: self.ask(peer) == 200, "the new address")
        self.assertEqual(200, self.ask(peer))
        self.assertEqual(2, len(new.heads))
        self.assertGreaterEqual(self.stats(proxy)["retries"], 1)

    def test_a_name_without_addresses_is_502_until_it_has_some(self):
        backend = Backend(self)
        proxy, peer = self.start_named([], backend.port)
        self.assertEqual(502, self.ask(peer))
        self.wait_event(proxy, "request", reason="upstream-resolve")
        self.say(["127.0.0.1"])
        self.assertEqual(200, self.ask(peer))

    def test_addresses_stay_while_the_name_has_none(self):
        backend = Backend(self)
        proxy, peer = self.start_named(["127.0.0.1"], backend.port, "--set", "resolve_again=20")
        self.assertEqual(200, self.ask(peer))
        self.say([])
        end = dt.wait_for(lambda: self.ask(peer) == 200 and len(backend.heads) > 50, "requests")
        self.assertTrue(end)
        self.assertEqual(1, self.stats(proxy)["servers"])

    def test_other_addresses_are_used_while_the_resolver_hangs(self):
        good = Backend(self)
        proxy, peer = self.start_named(["127.0.0.1", "127.0.0.2"], good.port, "--set", "eject=0")
        self.ask(peer)
        begun = self.hang()
        # Not at once: the name was looked up a moment ago.
        dt.wait_for(lambda: self.ask(peer) and begun.is_set(), "a look-up after a refusal")
        self.assertEqual([200] * 10, [self.ask(peer) for _ in range(10)])
        self.assertEqual(2, self.stats(proxy)["servers"])

    def test_who_waits_for_a_resolver_that_hangs_is_told_so(self):
        gone = self.closed_port()
        proxy, peer = self.start_named(["127.0.0.1"], gone, "--set", "upstream_queue=300")
        self.ask(peer)
        begun = self.hang()
        dt.wait_for(lambda: self.ask(peer) and begun.is_set(), "a look-up after a refusal")
        self.assertEqual(504, self.ask(peer))
        self.wait_event(proxy, "request", reason="upstream-resolve-timeout", status=504)


if __name__ == "__main__":
    unittest.main()
