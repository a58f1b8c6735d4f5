#!/usr/bin/env python3
"""The whole gateway with WebSockets over HTTP/2: evidence beside them, and a client of others."""
import json
import shutil
import sys
import unittest

import devproof_testing as dt
import gateway_testing as gt
from core_support import Backend
from core_websocket import accept_of, switched
from evidence_rows import NONCE, SPELLINGS
from gateway_testing import WELL_KNOWN
from http2_support import Client, request
from test_http2_websocket import connect, key_of

NODE = """
const http2 = require('node:http2')
const session = http2.connect(process.argv[1], {rejectUnauthorized: false, servername: 'localhost'})
session.on('remoteSettings', settings => {
  if (!settings.enableConnectProtocol) throw new Error('not offered')
  const stream = session.request({':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat',
    ':authority': 'localhost', 'sec-websocket-version': '13'})
  let text = ''
  stream.on('response', h => { text += h[':status'] + ' '; stream.end('through node') })
  stream.on('data', d => { text += d })
  stream.on('end', () => { console.log(text); session.close() })
})
"""


def echo(peer, number):
    """Takes WebSockets; /pour sends as long as it is read from, the others send back."""
    del number
    head = peer.head()
    if head is None:
        return
    peer.backend.heads.append(head)
    peer.send(switched(accept=accept_of(key_of(head))))
    while not head.startswith(b"GET /pour "):
        if not peer.fill():
            return
        data, peer.data = peer.data, b""
        peer.send(data)
    while True:
        peer.send(bytes(65536))


class Gateway(gt.GatewayTestCase):
    def setUp(self):
        self.app = Backend(self, echo)
        self.simulator = self.start_simulator()
        self.gateway = self.start_gateway(
            {"upstreams": {"app": {"servers": [self.app.server]}}}, self.simulator)

    def open(self):
        sock = dt.tls_connect("127.0.0.1", self.gateway.port, "localhost", ["h2"])
        self.addCleanup(sock.close)
        return Client(sock)

    def upgrade(self, client, path="/chat"):
        stream = client.open(connect(path), False)
        self.assertEqual(200, client.head(stream).status, client.answer(stream))
        return stream

    def test_evidence_comes_under_the_load_of_websockets(self):
        client = self.open()
        pouring = [self.upgrade(client, "/pour") for _ in range(4)]
        talking = [self.upgrade(client) for _ in range(10)]
        for round_ in range(20):
            for stream in talking:
                client.body(stream, b"x" * 5000, False)
            for path in ("binding", f"session?nonce={NONCE}", "config"):
                answer = client.ask(request(WELL_KNOWN + path))
                self.assertEqual(200, answer.status, (round_, path))
                json.loads(answer.body)
        for stream in talking:
            client.body(stream)
            self.assertEqual(100000, len(client.finish(stream).body))
        for stream in pouring:
            client.until(lambda s=stream: len(client.answer(s).body) > 100000, "what pours")

    def test_no_websocket_is_made_of_the_evidence(self):
        client = self.open()
        for path in SPELLINGS + [WELL_KNOWN + p for p in ("binding", f"session?nonce={NONCE}", "x")]:
            answer = client.finish(client.open(connect(path), False))
            self.assertIn(answer.status, (400, 404, 405), path)
        self.assertEqual([], self.app.heads)

    def test_node_opens_one(self):
        if shutil.which("node") is None:
            print("skipped: node is not installed")
            sys.exit(77)
        out = self.run_program(["node", "-e", NODE, f"https://127.0.0.1:{self.gateway.port}"])
        self.assertEqual("200 through node\n", out.stdout)


if __name__ == "__main__":
    unittest.main()
