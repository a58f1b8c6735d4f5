"""Everything at once for a while: HTTP/1.1 and 2, WebSocket, gRPC, uploads, evidence, connections that come
and go, while certificate and statement are renewed every second. Nothing fails, each request is logged
once, and at the end heap and descriptors are what they were. `make soak SECONDS=N` runs it for longer.
"""
import collections
import concurrent.futures
import json
import os
import time
import unittest

import devproof_testing as dt
import gateway_load as load
import http2_support as h2
from chaos_side import SHORT, ChaosCase
from core_support import Peer
from core_websocket import accept_of, request as upgrade, switched
from recording_backend import RecordingBackend
from shifted_clock import ShiftedClock
from test_grpc import Service, grpc

SECONDS = int(os.environ.get("DEVPROOF_SOAK_SECONDS", "6"))
WARM_S = min(10, max(3, SECONDS // 4))
STEP_S = 43100  # over half of what certificate and statement live
ROOM = 1 << 20  # what the pools of two workers may differ by after hours, and a leak exceeds soon
MESSAGE = os.urandom(30_000)


class Http2(load.Job):
    """Streams side by side on one connection: answers, an upload, evidence."""
    requests = 6

    def kept(self):
        if self.client is None:
            sock = dt.tls_connect("127.0.0.1", self.gateway.port, alpn=["h2"])
            self.client = h2.Client(sock)
            self.client.close = sock.close
        return self.client

    def once(self):
        client = self.kept()
        streams = [client.open(h2.request(f"/bytes?n={n}")) for n in (0, 1, 20_000, 200_000)]
        streams.append(client.open(h2.request(load.WELL_KNOWN + "binding")))
        upload = client.open(h2.request("/upload", "POST"), end=False)
        client.body(upload, b"x" * 30_000)
        for stream in streams + [upload]:
            if client.finish(stream).status != 200:
                raise AssertionError(repr(client.answer(stream)))
        if [len(client.answer(s).body) for s in streams[:4]] != [0, 1, 20_000, 200_000]:
            raise AssertionError("a short body")
        client.answers.clear()
        if streams[0] > 1 << 20:
            self.close()  # long before the numbers of streams end


class WebSocket(load.Job):
    """A new one each time, with bytes both ways."""
    requests = 1

    def once(self):
        with dt.tls_connect("127.0.0.1", self.gateway.port, alpn=["http/1.1"]) as sock:
            peer = Peer(sock)
            peer.send(upgrade(line="GET /chat HTTP/1.1"))
            if not peer.head().startswith(b"HTTP/1.1 101 "):
                raise AssertionError("not switched")
            for _ in range(5):
                peer.send(MESSAGE)
                if peer.exactly(len(MESSAGE)) != MESSAGE:
                    raise AssertionError("other bytes")


class Grpc(load.Job):
    """Calls of two kinds on one connection for the whole time: its client looks at dates."""
    requests = 2

    def __init__(self, gateway, channel):
        super().__init__(gateway)
        self.channel = channel

    def once(self):
        if self.channel.unary_unary("/t/Unary")(MESSAGE, timeout=dt.DEADLINE_S) != MESSAGE:
            raise AssertionError("other bytes")
        both = self.channel.stream_stream("/t/Both")((b"%04d" % i for i in range(50)), timeout=dt.DEADLINE_S)
        if [r[::-1] for r in both] != [b"%04d" % i for i in range(50)]:
            raise AssertionError("other messages")


class Soak(ChaosCase):
    def echo(self, connection, message):
        """A WebSocket as far as the gateway looks into it."""
        self.chat.complete(connection, message)
        connection.send(switched(accept=accept_of(message.get("Sec-WebSocket-Key"))))
        while connection.data or connection.fill():
            data, connection.data, connection.raw = connection.data, b"", b""
            connection.send(data)
        return False

    def start_grpc(self):
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
        server.add_generic_rpc_handlers([Service()])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self.addCleanup(lambda: server.stop(0).wait())
        return port

    def setUp(self):
        self.clock = ShiftedClock(self.path("clock"))
        self.addCleanup(self.clock.close)
        self.chat = RecordingBackend(self, {"/chat": self.echo})
        app = self.start_sample_app()
        self.start_chaos([f"127.0.0.1:{app.port}"], {
            "evidence": {"lifetime_s": 86400, "collateral_url": ""},
            "timeouts": {**dict.fromkeys(SHORT, 60_000), "idle_ms": 30_000},
            "upstreams": {"chat": {"servers": [self.chat.server]},
                          "rpc": {"servers": [f"127.0.0.1:{self.start_grpc()}"],
                                  "protocol": "h2"}},
            "routes": [{"upstream": "app"}, {"path": "/chat", "upstream": "chat"},
                       {"path": "/t", "upstream": "rpc"}]},
            env=self.clock.env, simulator=self.start_simulator())
        leaf = dt.ssl.DER_cert_to_PEM_cert(self.leaf(self.gateway, "localhost"))
        self.channel = grpc.secure_channel(
            f"127.0.0.1:{self.gateway.port}", grpc.ssl_channel_credentials(leaf.encode()),
            [("grpc.ssl_target_name_override", "localhost"),
             ("grpc.default_authority", "localhost"), ("grpc.enable_http_proxy", 0)])
        self.addCleanup(self.channel.close)
        grpc.channel_ready_future(self.channel).result(dt.DEADLINE_S)

    def put_under_load(self, seconds):
        g = self.gateway
        connect, prove = load.Connect(g), load.Prove(g)
        jobs = [connect, prove, load.KeepAlive(g), load.KeepAlive(g), load.Upload(g), Http2(g),
                Http2(g), WebSocket(g), Grpc(g, self.channel)]
        running = load.Load(jobs)
        begin, seen = time.monotonic(), 0

        def renew():
            """The clock goes on when a client has seen what the last step brought."""
            nonlocal seen
            if len(prove.statements) > seen:
                seen = len(prove.statements)
                self.clock.add(STEP_S)

        def ends():
            """On a slow machine it lasts longer, to see all of it."""
            lasted = time.monotonic() - begin
            return lasted > seconds + dt.DEADLINE_S or lasted > seconds and (
                len(connect.identities) > 1 and all(job.done for job in jobs))
        running.run(ends, renew)
        print(f"{seconds} s: {running.counts()}, {len(connect.identities)} identities, "
              f"{len(running.failed())} failed", flush=True)
        self.assertEqual([], running.failed())
        for job in jobs:
            self.assertGreater(job.done, 0, job.name())
        self.assertGreater(len(connect.identities), 1)
        return sum(job.done * job.requests for job in jobs)

    def test_everything_at_once(self):
        asked = self.put_under_load(WARM_S)
        heap, descriptors = self.settled(1)
        asked += self.put_under_load(SECONDS)
        self.channel.close()
        now = self.settled()
        print(f"heap {heap} -> {now[0]}, descriptors {descriptors} -> {now[1]}", flush=True)
        self.assertLess(now[0], heap + ROOM)
        self.assertEqual(descriptors - 1, now[1])
        self.gateway.stop()
        statuses = collections.Counter(json.loads(line)["status"]
                                       for line in self.gateway.output().splitlines())
        self.assertEqual({200, 101}, set(statuses))
        self.assertEqual(asked, sum(statuses.values()))


if __name__ == "__main__":
    unittest.main()
