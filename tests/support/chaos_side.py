"""What tests of chaos share: a gateway whose heap and descriptors are counted, requests with a name
of their own, and an access log that is held against what clients and backend saw."""
import collections
import itertools
import json
import os
import signal
import struct

import devproof_testing as dt
import gateway_testing as gt

LIBRARY = "tests/libheap_report.so"
HEAP_ROOM = 256 * 1024  # what pools may differ by when more happens at once
SHORT = {"handshake_ms": 2000, "head_ms": 2000, "idle_ms": 4000, "body_ms": 2000,
         "connect_ms": 2000, "write_ms": 2000, "drain_ms": 2000}


class Heap:
    """The live heap bytes of one program under a sanitizer."""

    def __init__(self, path, env=None):
        with open(path, "wb") as f:
            f.write(bytes(16))
        self.path = path
        base = env or dict(os.environ)
        preload = " ".join(filter(None, (base.get("LD_PRELOAD"), dt.built(LIBRARY))))
        # What is freed is to be gone at once: no quarantine.
        options = ":".join(filter(None, (base.get("ASAN_OPTIONS"), "verify_asan_link_order=0",
                                         "quarantine_size_mb=0", "thread_local_quarantine_size_kb=0")))
        self.env = {**base, "LD_PRELOAD": preload, "DEVPROOF_HEAP_FILE": path,
                    "ASAN_OPTIONS": options}

    def report(self):
        with open(self.path, "rb") as f:
            return struct.unpack("=QQ", f.read())

    def bytes(self, program):
        count = self.report()[0]
        program.process.send_signal(signal.SIGRTMAX)
        dt.wait_for(lambda: self.report()[0] > count, "a report of the heap (a sanitizer's build)")
        return self.report()[1]


def sockets_of(program):
    """(local port, remote port, state) of the TCP sockets that the program holds."""
    pid = program.process.pid
    inodes = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = []
    with open(f"/proc/{pid}/net/tcp", encoding="ascii") as f:
        for row in list(f)[1:]:
            column = row.split()
            if column[9] in inodes:
                found.append((int(column[1].split(":")[1], 16), int(column[2].split(":")[1], 16),
                              column[3]))
    return found


class ChaosCase(gt.GatewayTestCase):
    """start_chaos(), then after_each_time(action): nothing of the action is left."""

    def start_chaos(self, servers, config=None, env=None, stdout=None, simulator=None):
        self.names = itertools.count()
        self.statuses = {}  # of each request name: what its client got; None: it was cut
        self.heap = Heap(self.path("heap"), env)
        self.simulator = simulator or self.start_simulator(env=env)
        base = {"threads": 2, "timeouts": SHORT, "log": {"path": True}, "upstreams": {"app": {
            "servers": servers, "eject_failures": 0}}}
        self.gateway = self.start_gateway(gt.merge(base, config or {}), self.simulator,
                                          env=self.heap.env, stdout=stdout)
        return self.gateway

    def name(self):
        """A target that the sample app knows, and no other request has."""
        return f"/bytes?n=12&name={next(self.names)}"

    def request(self, path=None, method="GET", body=None):
        """One request on a connection of its own. Returns: its status; None when it was cut."""
        path = path or self.name()
        try:
            status = self.ask(self.gateway, path, method, body).status
        except (OSError, gt.http.client.HTTPException):
            status = None
        self.statuses[path] = status
        return status

    def clients(self):
        """Sockets with clients of the gateway."""
        return [s for s in sockets_of(self.gateway) if s[0] == self.gateway.port and s[2] != "0A"]

    def descriptors(self):
        """All but those to servers, of which a pool may keep some."""
        mine = {self.gateway.port, dt.split_address(self.gateway.ready["admin"])[1]}
        upstream = [s for s in sockets_of(self.gateway) if s[0] not in mine]
        return len(os.listdir(f"/proc/{self.gateway.process.pid}/fd")) - len(upstream)

    def measure(self, clients=0):
        """Heap and descriptors once no more than so many clients are connected."""
        dt.wait_for(lambda: len(self.clients()) <= clients, "the connections to end")
        return self.heap.bytes(self.gateway), self.descriptors()

    def settled(self, clients=0):
        """What is measured when nothing moves any more: again and again the same, and never less. What
        is done every few seconds, as asking for collateral, is seen as more for a moment."""
        seen = collections.deque(maxlen=8)

        def is_still():
            seen.append(self.measure(clients))
            return len(seen) == seen.maxlen and seen.count(min(seen)) >= seen.maxlen // 2
        dt.wait_for(is_still, f"the gateway to settle: {seen}")
        return min(seen)

    def after_each_time(self, action, times=3, warm=3, room=HEAP_ROOM):
        """The first time fills pools and caches; from then on heap and descriptors stay."""
        for _ in range(warm):
            action()
        heap, descriptors = self.settled()
        for _ in range(times):
            action()
        self.assertIsNone(self.gateway.process.poll(), "the gateway ended")

        def is_back():
            now = self.measure()
            self.last = f"heap {heap} -> {now[0]}, descriptors {descriptors} -> {now[1]}"
            return now[0] <= heap + room and now[1] == descriptors
        try:
            dt.wait_for(is_back, "heap and descriptors as before")
        except AssertionError as e:
            raise AssertionError(f"{e}: {self.last}") from None

    def access(self):
        """The access log's lines by target, once the gateway has ended."""
        self.gateway.stop()
        rows = collections.defaultdict(list)
        for line in self.gateway.output().splitlines():
            row = json.loads(line)
            rows[f"{row.get('path')}{row.get('query')}"].append(row)
        return rows

    def assert_log_is_true(self):
        """Each request that a client made is logged once, with the status that the client got."""
        rows = self.access()
        for path, status in self.statuses.items():
            self.assertEqual(1, len(rows[path]), f"{path}: {rows[path]}")
            if status is not None:
                self.assertEqual(status, rows[path][0]["status"], path)
