#!/usr/bin/env python3
"""gRPC with the real library on both sides: every kind of call through HTTP/2 on both hops."""
import concurrent.futures
import os
import sys
import threading
import unittest

import devproof_testing as dt
from core_support import TIMEOUT_S, CoreTest

DEBIAN = "/usr/lib/python3/dist-packages"
try:
    import grpc
except ImportError:
    sys.path.append(DEBIAN)  # the distribution's package under another build of the same version
    try:
        import grpc
    except ImportError:
        print("skipped: python3-grpcio is not installed")
        sys.exit(77)

BIG = b"x" * (3 << 20)


class Service(grpc.GenericRpcHandler):
    """Bytes in, bytes out; `waiting` tells of calls that have begun, `cancelled` of those that ended before
    their time."""

    def __init__(self):
        self.waiting, self.cancelled, self.seen = threading.Event(), threading.Event(), {}

    def service(self, call):
        kinds = {"/t/Unary": (grpc.unary_unary_rpc_method_handler, self.unary),
                 "/t/Fail": (grpc.unary_unary_rpc_method_handler, self.fail),
                 "/t/Wait": (grpc.unary_unary_rpc_method_handler, self.wait),
                 "/t/Down": (grpc.unary_stream_rpc_method_handler, self.down),
                 "/t/Up": (grpc.stream_unary_rpc_method_handler, self.up),
                 "/t/Both": (grpc.stream_stream_rpc_method_handler, self.both)}
        if call.method not in kinds:
            return None
        self.seen = dict(call.invocation_metadata)
        make, function = kinds[call.method]
        return make(function)

    def unary(self, request, context):
        context.send_initial_metadata((("first", "1"),))
        context.set_trailing_metadata((("last", "2"), ("raw-bin", b"\0\xff")))
        return request

    def fail(self, request, context):
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "told: " + request.decode())

    def wait(self, request, context):
        gone = threading.Event()
        if not context.add_callback(gone.set):  # it has ended already
            gone.set()
        self.waiting.set()
        if gone.wait(TIMEOUT_S):
            self.cancelled.set()
        return request

    def down(self, request, context):
        del context
        for i in range(int(request)):
            yield bytes([i % 256]) * 1000

    def up(self, requests, context):
        del context
        return str(sum(len(r) for r in requests)).encode()

    def both(self, requests, context):
        del context
        for r in requests:
            yield r[::-1]


def assert_deadline_reaches(test, channel):
    """A call ends at its deadline, at the server too; again when the deadline came before the server had
    begun, of which it may never hear."""
    def ended():
        with test.assertRaises(grpc.RpcError) as raised:
            channel.unary_unary("/t/Wait")(b"", timeout=0.5)
        test.assertEqual(grpc.StatusCode.DEADLINE_EXCEEDED, raised.exception.code())
        return test.service.waiting.is_set()
    dt.wait_for(ended, "a call that begins before its deadline")
    test.assertTrue(test.service.cancelled.wait(TIMEOUT_S))


class Grpc(CoreTest):
    def setUp(self):
        super().setUp()
        self.service = Service()
        pool = concurrent.futures.ThreadPoolExecutor(16)
        self.server = grpc.server(pool, options=[("grpc.max_receive_message_length", 1 << 26)])
        self.server.add_generic_rpc_handlers([self.service])
        port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()
        self.addCleanup(lambda: self.server.stop(0).wait())
        self.gateway = self.proxy(f"127.0.0.1:{port}", "--h2", "--upstream-h2",
                                  "--set", "max_head_bytes=65536")
        with open(self.gateway.cert, "rb") as f:
            root = grpc.ssl_channel_credentials(f.read())
        self.channel = grpc.secure_channel(f"localhost:{self.gateway.port}", root,
                                           [("grpc.max_receive_message_length", 1 << 26),
                                            ("grpc.max_metadata_size", 65536),
                                            ("grpc.enable_http_proxy", 0)])
        self.addCleanup(self.channel.close)

    def unary(self, name):
        return self.channel.unary_unary("/t/" + name)

    def test_unary(self):
        for body in (b"", b"hello", BIG):
            answer, call = self.unary("Unary").with_call(body, timeout=TIMEOUT_S)
            self.assertEqual(body, answer)
            self.assertEqual("1", dict(call.initial_metadata())["first"])
            trailing = dict(call.trailing_metadata())
            self.assertEqual(("2", b"\0\xff"), (trailing["last"], trailing["raw-bin"]))

    def test_many_at_once_share_a_connection(self):
        calls = [self.unary("Unary").future(b"%d" % i, timeout=TIMEOUT_S) for i in range(200)]
        self.assertEqual([b"%d" % i for i in range(200)], [c.result() for c in calls])
        self.assertLess(self.stats(self.gateway)["connects"], 5)

    def test_streams_down_up_and_both(self):
        down = self.channel.unary_stream("/t/Down")(b"2000", timeout=TIMEOUT_S)
        self.assertEqual([bytes([i % 256]) * 1000 for i in range(2000)], list(down))
        up = self.channel.stream_unary("/t/Up")((b"y" * 5000 for _ in range(1000)), timeout=TIMEOUT_S)
        self.assertEqual(b"5000000", up)
        both = self.channel.stream_stream("/t/Both")((b"%05d" % i for i in range(500)), timeout=TIMEOUT_S)
        self.assertEqual([b"%05d" % i for i in range(500)], [r[::-1] for r in both])

    def test_a_conversation_goes_back_and_forth(self):
        turn = threading.Semaphore(1)

        def ask():
            for i in range(50):
                turn.acquire()
                yield b"%d" % i
        answers = self.channel.stream_stream("/t/Both")(ask(), timeout=TIMEOUT_S)
        for i in range(50):
            self.assertEqual((b"%d" % i)[::-1], next(answers))
            turn.release()

    def test_errors_are_trailers_alone(self):
        with self.assertRaises(grpc.RpcError) as raised:
            self.unary("Fail")(b"why", timeout=TIMEOUT_S)
        self.assertEqual((grpc.StatusCode.FAILED_PRECONDITION, "told: why"),
                         (raised.exception.code(), raised.exception.details()))
        with self.assertRaises(grpc.RpcError) as raised:
            self.unary("Nothing")(b"", timeout=TIMEOUT_S)
        self.assertEqual(grpc.StatusCode.UNIMPLEMENTED, raised.exception.code())

    def test_deadlines_reach_the_server(self):
        assert_deadline_reaches(self, self.channel)

    def test_cancellation_reaches_the_server(self):
        call = self.unary("Wait").future(b"")
        self.assertTrue(self.service.waiting.wait(TIMEOUT_S))  # else the server may never hear of it
        self.assertFalse(self.service.cancelled.is_set())
        call.cancel()
        self.assertTrue(self.service.cancelled.wait(TIMEOUT_S))

    def test_large_metadata_within_the_limit(self):
        value = "m" * 7000
        answer, _ = self.unary("Unary").with_call(b"x", timeout=TIMEOUT_S, metadata=(
            ("big", value), ("te-st", "1")))
        self.assertEqual((b"x", value), (answer, self.service.seen["big"]))
        with self.assertRaises(grpc.RpcError) as raised:
            self.unary("Unary")(b"x", timeout=TIMEOUT_S, metadata=[("big", "m" * 40000)] * 2)
        # 431 is one of the statuses that gRPC has no code of its own for.
        self.assertEqual(grpc.StatusCode.UNKNOWN, raised.exception.code())
        self.assertIn("431", raised.exception.details())

    def test_a_server_that_stops_is_unavailable(self):
        self.assertEqual(b"x", self.unary("Unary")(b"x", timeout=TIMEOUT_S))
        self.server.stop(0).wait()
        with self.assertRaises(grpc.RpcError) as raised:
            self.unary("Unary")(b"x", timeout=TIMEOUT_S)
        self.assertEqual(grpc.StatusCode.UNAVAILABLE, raised.exception.code())


if __name__ == "__main__":
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    unittest.main()
