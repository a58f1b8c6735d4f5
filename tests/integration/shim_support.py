"""What the tests of the local proxy's modes share: far sides for streams of bytes, and the proxy."""
import json

import devproof_testing as dp
from attested_side import NAME, ClientTestCase
from core_support import Backend, Peer


def echo(peer, _):
    while True:
        data = peer.sock.recv(65536)
        if not data:
            return
        peer.send(data)


class ShimTestCase(ClientTestCase):
    def start_tcp_side(self, script=echo, mode="tcp", **config):
        """A gateway whose one listener takes streams; attributes as of start_side, and backend."""
        self.simulator = self.start_simulator()
        self.app = self.start_sample_app(name="app")
        self.backend = Backend(self, script)
        self.gateway = self.start_gateway(self.simulator, self.app, **{
            "listeners": [{"address": "127.0.0.1:0", "mode": mode}],
            "upstreams": {"app": {"servers": [self.backend.server]}}, **config})
        self.port = self.gateway.port
        return self.gateway

    def tcp_policy(self, **members):
        """What `policy init` sees at an HTTP listener of the same app, for this configuration."""
        other = self.start_gateway(self.simulator, self.app)
        policy = self.init_policy(other.port)
        policy["config"] = [self.config_hash()]
        policy.update(members)
        return self.policy_file(policy, f"policy-{len(members)}.json")

    def config_hash(self):
        starting = next(w for w in self.gateway.log().split() if w.startswith("config_sha256="))
        return starting.split("=")[1]

    def start_shim(self, policy_path, *options, port=None, mode="tcp", target=f"{NAME}:443"):
        argv = [dp.built("devproof"), "connect", "--listen", "127.0.0.1:0", "--mode", mode,
                "--policy", policy_path, *(["--target", target] if target else []),
                *self.where(port), *options]
        shim = self.start(argv)
        shim.address = shim.ready["listen"]
        return shim

    def dial(self, shim):
        peer = Peer(dp.tcp_connect(*dp.split_address(shim.address)))
        self.addCleanup(peer.close)
        return peer

    def change(self, policy_path, name, **members):
        with open(policy_path, encoding="utf-8") as f:
            return self.policy_file({**json.load(f), **members}, name)

    def assert_reset(self, shim, data=b"secret"):
        """A connection ends with a reset, not in order: perhaps before we know that it stands."""
        with self.assertRaises(ConnectionResetError):
            peer = self.dial(shim)
            peer.send(data)
            while peer.sock.recv(4096):
                self.fail("bytes came")
            peer.sock.send(data)
            self.fail("the connection ended in order")
