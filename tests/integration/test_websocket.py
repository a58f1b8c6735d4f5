#!/usr/bin/env python3
"""WebSockets of a real client and server through the gateway, and through gateway and shim."""
import asyncio
import os
import sys
import threading
import unittest

import devproof_testing as dp
from attested_side import NAME
from shim_support import ShimTestCase

sys.path.append("/usr/lib/python3/dist-packages")  # where the distribution's package lies
try:
    import websockets
except ImportError:
    print("python3-websockets is not installed")
    sys.exit(77)

BIG = os.urandom(3 << 20)
LIMIT = 8 << 20


class Server:
    """An echo server of the library on a loop of its own; /flood sends, /close ends first."""

    def __init__(self, test):
        self.loop = asyncio.new_event_loop()
        self.port = None
        self.codes = []
        self.sent = 0
        ready = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait(dp.DEADLINE_S)
        test.addCleanup(self.stop)

    def run(self, ready):
        asyncio.set_event_loop(self.loop)
        self.stopping = asyncio.Event()

        async def main():
            async with websockets.serve(self.handle, "127.0.0.1", 0, max_size=LIMIT,
                                        subprotocols=["chat"], ping_interval=None) as server:
                self.port = server.sockets[0].getsockname()[1]
                ready.set()
                await self.stopping.wait()
        self.loop.run_until_complete(main())

    async def handle(self, ws, path=None):
        path = path or (ws.request.path if hasattr(ws, "request") else ws.path)
        if path == "/close":
            await ws.close(4001, "enough")
        elif path == "/flood":
            for i in range(64):
                await ws.send(bytes([i]) * (1 << 17))
                self.sent = i
        else:
            async for message in ws:
                await ws.send(message)
        await ws.wait_closed()
        self.codes.append(ws.close_code)

    def stop(self):
        self.loop.call_soon_threadsafe(self.stopping.set)
        self.thread.join(dp.DEADLINE_S)


class WebSockets(ShimTestCase):
    def setUp(self):
        self.server = Server(self)
        self.simulator = self.start_simulator()
        self.gateway = self.start_gateway(self.simulator, self.server)
        self.port = self.gateway.port

    def through_gateway(self, path="/"):
        return {"uri": f"wss://{NAME}{path}", "host": "127.0.0.1", "port": self.port,
                "ssl": dp.insecure_context(["http/1.1"])}

    def through_shim(self, path="/"):
        if not hasattr(self, "shim"):
            self.shim = self.start_shim(self.policy_file(self.init_policy()), mode="http")
        return {"uri": f"ws://{self.shim.address}{path}"}

    def talk(self, talk, where):
        async def run():
            async with websockets.connect(**where, max_size=LIMIT, ping_interval=None,
                                          max_queue=1, subprotocols=["chat"]) as ws:
                await asyncio.wait_for(talk(ws), dp.DEADLINE_S)
        asyncio.run(run())

    def test_messages_of_all_sizes_come_back(self):
        async def talk(ws):
            self.assertEqual("chat", ws.subprotocol)
            for message in ("text", b"", b"x" * 125, b"x" * 65536, BIG):
                await ws.send(message)
                self.assertEqual(message, await ws.recv())
            await (await ws.ping())
        for where in (self.through_gateway(), self.through_shim()):
            self.talk(talk, where)
        dp.wait_for(lambda: self.server.codes == [1000, 1000], "both closing handshakes")

    def test_both_ends_may_close(self):
        async def talk(ws):
            with self.assertRaises(websockets.ConnectionClosed) as e:
                await ws.recv()
            self.assertEqual((4001, "enough"), (e.exception.code, e.exception.reason))
        for where in (self.through_gateway("/close"), self.through_shim("/close")):
            self.talk(talk, where)

    def test_many_messages_both_ways_at_once(self):
        async def talk(ws):
            async def send():
                for i in range(200):
                    await ws.send(bytes([i]) * 20000)
            sender = asyncio.ensure_future(send())
            for i in range(200):
                self.assertEqual(bytes([i]) * 20000, await ws.recv())
            await sender
        for where in (self.through_gateway(), self.through_shim()):
            self.talk(talk, where)

    def test_a_slow_reader_loses_nothing(self):
        async def talk(ws):
            # The library stops reading by itself: one message waits.
            await asyncio.get_running_loop().run_in_executor(None, dp.wait_for, lambda:
                                                             self.server.sent >= 8, "a start")
            for i in range(64):
                self.assertEqual(bytes([i]) * (1 << 17), await ws.recv())
        for where in (self.through_gateway("/flood"), self.through_shim("/flood")):
            self.server.sent = 0
            self.talk(talk, where)

    def test_nothing_passes_to_a_server_that_is_refused(self):
        wrong = self.change(self.policy_file(self.init_policy()), "wrong.json", config=["00" * 32])
        self.shim = self.start_shim(wrong, mode="http")

        async def run():
            with self.assertRaisesRegex(websockets.InvalidHandshake, "HTTP 502"):
                await websockets.connect(**self.through_shim())
        asyncio.run(run())
        self.assertEqual([], self.server.codes)


if __name__ == "__main__":
    unittest.main()
