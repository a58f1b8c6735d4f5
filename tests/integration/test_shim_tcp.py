#!/usr/bin/env python3
"""`devproof connect --mode tcp`: streams of bytes over proven connections."""
import hashlib
import os
import socket
import ssl
import struct
import threading
import time
import unittest

import devproof_testing as dp
import hostile_peers as hostile
from attested_side import NAME
from core_support import Backend, make_cert
from shim_support import ShimTestCase


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class ShimTcp(ShimTestCase):
    def test_bytes_flow_both_ways_and_each_side_may_end_first(self):
        def script(peer, number):
            peer.send(b"220 hello\r\n")
            if number == 1:
                peer.send(peer.rest().upper())
            else:
                peer.sock.shutdown(socket.SHUT_WR)
                self.assertEqual(b"late", peer.rest())
                late.set()
        late = threading.Event()
        self.start_tcp_side(script)
        shim = self.start_shim(self.tcp_policy())
        peer = self.dial(shim)
        self.assertEqual(b"220 hello", peer.line())
        peer.send(b"quit")
        peer.half_close()
        self.assertEqual(b"QUIT", peer.rest())
        peer = self.dial(shim)
        self.assertEqual(b"220 hello\r\n", peer.rest())
        peer.send(b"late")
        peer.half_close()
        self.assertTrue(late.wait(dp.DEADLINE_S), "bytes after the far side's end")

    def test_a_slow_reader_loses_nothing_either_way(self):
        data = os.urandom(1 << 20) * 6
        gate = threading.Event()

        def script(peer, _):
            gate.wait(dp.DEADLINE_S)
            peer.send(hashlib.sha256(peer.rest()).digest() + data)
        self.start_tcp_side(script)
        peer = self.dial(self.start_shim(self.tcp_policy()))
        sender = threading.Thread(target=lambda: (peer.send(data), peer.half_close(reader=True)))
        sender.start()
        gate.set()
        sender.join(dp.DEADLINE_S)
        got = peer.rest()
        self.assertEqual(hashlib.sha256(data).digest(), got[:32])
        self.assertEqual(data, got[32:])

    def test_a_refused_far_side_gets_nothing_and_the_client_a_reset(self):
        self.start_tcp_side()
        policy = self.tcp_policy()
        wrong = self.change(policy, "wrong.json", config=["00" * 32])
        shim = self.start_shim(wrong)
        self.assert_reset(shim)
        dp.wait_for(lambda: "refused config-not-pinned: " in shim.log(), "the code on stderr")
        self.assertEqual(0, self.backend.count)

    def test_any_alpn_answer_but_that_of_streams_refuses(self):
        self.start_tcp_side()
        policy = self.tcp_policy()
        cert, key = make_cert(self.folder, "plain")
        for answer in ([], ["http/1.1"]):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(cert, key)
            context.set_alpn_protocols(answer) if answer else None
            seen = []
            plain = Backend(self, lambda peer, _: seen.append(peer.rest()), context=context)
            shim = self.start_shim(policy, port=int(plain.server.split(":")[1]))
            self.assert_reset(shim)
            dp.wait_for(lambda: "refused transport-alpn: " in shim.log(), "the code on stderr")
            self.assertNotIn(b"secret", b"".join(seen))
        web = self.start_gateway(self.simulator, self.app)
        shim = self.start_shim(policy, port=web.port)
        self.assert_reset(shim)
        dp.wait_for(lambda: "refused upstream-tls: " in shim.log(), "the code on stderr")

    def test_a_relay_with_the_key_cannot_take_a_stream(self):
        self.start_tcp_side()
        policy = self.tcp_policy()
        leaf = hostile.fetch_leaf("127.0.0.1", self.port, NAME)
        cert, key = hostile.steal_key(self.folder, self.simulator.socket, leaf)
        peer = hostile.KeyRelay(cert, key, ("127.0.0.1", self.port), NAME,
                                alpn="devproof-tcp/1")
        self.addCleanup(peer.close)
        shim = self.start_shim(policy, port=peer.port)
        self.assert_reset(shim)
        dp.wait_for(lambda: "refused session-signature: " in shim.log(), "the code on stderr")
        self.assertEqual((2, 0), (peer.requests, peer.application_bytes))

    def test_an_absent_app_refuses_the_stream(self):
        self.start_tcp_side(upstreams={"app": {"servers": [f"127.0.0.1:{self.closed_port()}"]}})
        shim = self.start_shim(self.tcp_policy())
        self.assert_reset(shim)
        dp.wait_for(lambda: f"refused evidence-http-status: {NAME}: the server answered 502"
                    in shim.log(), "the code on stderr")

    def test_an_absent_server_is_looked_for_again(self):
        self.start_tcp_side()
        policy = self.tcp_policy()
        relay = dp.TcpRelay(("127.0.0.1", self.port))
        self.addCleanup(relay.close)
        away = self.closed_port()
        relay.target = ("127.0.0.1", away)
        shim = self.start_shim(policy, "--retry", "20", port=relay.port)
        peer = self.dial(shim)
        peer.send(b"patience")
        dp.wait_for(lambda: relay.attempts >= 3, "three attempts")
        relay.target = ("127.0.0.1", self.port)
        self.assertEqual(b"patience", peer.exactly(8))
        self.assertNotIn("refused", shim.log())
        shim = self.start_shim(policy, "--retry", "0", port=away)
        self.assert_reset(shim)
        dp.wait_for(lambda: "refused upstream-refused: " in shim.log(), "the code on stderr")

    def test_a_client_that_leaves_while_the_server_is_away_costs_nothing(self):
        self.start_tcp_side()
        shim = self.start_shim(self.tcp_policy(), "--retry", "60", port=self.closed_port())
        peers = [self.dial(shim) for _ in range(5)]
        for peer in peers:
            reset(peer.sock)

    def test_a_stream_outlives_its_proof_and_another_process_does_not_take_it_over(self):
        self.start_tcp_side()
        policy = self.tcp_policy(max_evidence_age_s=3)
        relay = dp.TcpRelay(("127.0.0.1", self.port))
        self.addCleanup(relay.close)
        shim = self.start_shim(policy, port=relay.port)
        peer = self.dial(shim)
        end = time.monotonic() + 7
        while time.monotonic() < end:
            peer.send(b"tick")
            self.assertEqual(b"tick", peer.exactly(4))
            time.sleep(0.05)
        self.assertGreater(relay.connections, 1, "nothing was proven anew")
        other = self.start_gateway(self.simulator, self.app, listeners=[
            {"address": "127.0.0.1:0", "mode": "tcp"}])
        relay.target = ("127.0.0.1", other.port)
        dp.wait_for(lambda: "proof-expired" in shim.log() or self.ended(peer), "the end")

    def ended(self, peer):
        try:
            peer.send(b"tick")
            return not peer.sock.recv(4)
        except OSError:
            return True


if __name__ == "__main__":
    unittest.main()
