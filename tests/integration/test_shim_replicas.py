#!/usr/bin/env python3
"""The local proxy and replicas: two gateways of one app behind a relay that spreads connections."""
import itertools
import json
import unittest

import devproof_testing as dp
from shim_support import ShimTestCase


class Spreading(dp.TcpRelay):
    """Each connection goes to the next of several targets."""

    def __init__(self, targets):
        self.targets = itertools.cycle(targets)
        super().__init__(None)

    @property
    def target(self):
        return next(self.targets)

    @target.setter
    def target(self, value):
        pass


class Replicas(ShimTestCase):
    def start_two(self, **config):
        """Two processes of one configuration; attributes first and second."""
        config = {"log": {"path": True}, **config}
        if "listeners" in config:
            self.start_tcp_side(**config)
            config["upstreams"] = {"app": {"servers": [self.backend.server]}}
        else:
            self.start_side(**config)
        self.first = self.gateway
        self.second = self.start_gateway(self.simulator, self.app, **config)

    def reads(self, gateway):
        """How often a gateway was asked for its binding, once its log is written."""
        gateway.stop()
        paths = [json.loads(line).get("path") for line in gateway.output().splitlines()]
        return paths.count("/.well-known/devproof/binding")

    def spread(self):
        relay = Spreading([("127.0.0.1", self.first.port), ("127.0.0.1", self.second.port)])
        self.addCleanup(relay.close)
        return relay

    def test_streams_land_on_both_and_each_shows_its_binding_once(self):
        self.start_two(listeners=[{"address": "127.0.0.1:0", "mode": "tcp"}])
        policy = self.tcp_policy()
        shim = self.start_shim(policy, port=self.spread().port)
        for i in range(8):
            peer = self.dial(shim)
            peer.send(b"stream %d" % i)
            self.assertEqual(b"stream %d" % i, peer.exactly(8))
            peer.half_close()
            self.assertEqual(b"", peer.rest())
        self.assertNotIn("refused", shim.log())
        self.assertEqual([1, 1], [self.reads(g) for g in (self.first, self.second)])

    def test_requests_go_on_when_a_replica_ends(self):
        self.start_two()
        policy = self.policy_file(self.init_policy())
        relay = dp.TcpRelay(("127.0.0.1", self.first.port))
        self.addCleanup(relay.close)
        shim = self.start_shim(policy, port=relay.port, mode="http")
        url = f"http://{shim.address}/"
        for _ in range(3):
            self.assertEqual(200, dp.http_request(url).status)
        relay.target = ("127.0.0.1", self.second.port)
        self.first.stop()
        for _ in range(3):
            self.assertEqual(200, dp.http_request(url).status)
        self.assertEqual(1, self.reads(self.second))
        self.assertNotIn("refused", shim.log())


if __name__ == "__main__":
    unittest.main()
