#!/usr/bin/env python3
"""The same random requests through nginx and through the engine, to a strict recording origin each: what
both forward means the same, and where one refuses, the reason stands in nginx-differences.json.

A request is followed by another on its connection: whoever ends it elsewhere is found out.

  test_nginx_differential.py [--seed N] [--count N] [--show]      --show prints every difference
"""
import sys
import unittest

import devproof_testing as dt
from http_mutants import Requests
from nginx_side import (Differences, Nginx, Side, exit_without_nginx, judge, numbers, own_code)
from core_support import CoreTest, Peer
from recording_backend import RecordingBackend

OPTIONS = numbers(sys.argv, seed=3, count=6000)
SHOW = "--show" in sys.argv


class Differential(CoreTest):
    def setUp(self):
        theirs, ours = RecordingBackend(self), RecordingBackend(self)
        self.nginx = Nginx(self, theirs.server)
        # It forwards what a strict reader does not take: that is its affair, and one of the reasons.
        self.addCleanup(theirs.errors.clear)
        engine = self.proxy(ours.server, tls=False)
        self.theirs = Side(theirs, lambda: Peer(self.nginx.dial()), self.nginx.why)
        self.ours = Side(ours, lambda: Peer(dt.tcp_connect("127.0.0.1", engine.port)), own_code)

    def test_both_mean_the_same_or_one_refuses_with_a_reason(self):
        count, requests, differences = OPTIONS["count"], Requests(OPTIONS["seed"]), Differences("engine", SHOW)
        both = 0
        for i in range(count):
            data = requests.one(f"c{i}")
            ours, theirs = self.ours.ask(data), self.theirs.ask(data)
            both += len(ours[0]) > 0 and ours[0] == theirs[0]
            kind = judge(ours, theirs)
            if kind:
                differences.add(kind, i, data, ours, theirs)
        self.assertGreater(both, count // 3, "too few requests that both forward")
        differences.check(self, self.nginx, f"{count} requests from seed {OPTIONS['seed']}: {both} forwarded "
                          "by both with one meaning")


if __name__ == "__main__":
    exit_without_nginx()
    unittest.main(argv=sys.argv[:1])
