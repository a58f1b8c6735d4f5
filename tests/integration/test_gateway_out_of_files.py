#!/usr/bin/env python3
"""No room: without files who comes is turned away at once, at the limit of connections he waits."""
import os
import resource
import signal
import threading
import unittest

import devproof_testing as dt
import gateway_testing as gt

ROOM, TURNED_AWAY = 6, 30
LOOPS, CROWD = 4, 8  # workers of the gateway, threads of clients


class OutOfFiles(gt.GatewayTestCase):
    def connect(self, gateway):
        """Returns: a connection, or None when it was closed before the handshake was over."""
        try:
            return dt.tls_connect("127.0.0.1", gateway.port)
        except TimeoutError:
            raise
        except OSError:
            return None

    def test_clients_are_turned_away_and_served_again(self):
        gateway = self.start_gateway({"threads": 2}, self.start_simulator(), self.start_sample_app())
        pid = gateway.process.pid
        self.assertEqual(200, self.ask(gateway, "/").status)
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        most = max(int(fd) for fd in os.listdir(f"/proc/{pid}/fd")) + 1 + ROOM
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, before[1]))
        held, refused = [], 0
        while refused < TURNED_AWAY:
            client = self.connect(gateway)
            refused += client is None
            if client is not None:
                held.append(client)
                self.assertLess(len(held), 4 * most, "files never run out")
        for client in held:
            client.close()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        for _ in range(4):
            self.assertEqual(200, self.ask(gateway, "/").status)

    def limit_files(self, gateway):
        """Returns: the limit that was before, and the new one: ROOM more than are open."""
        pid = gateway.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        most = max(int(fd) for fd in os.listdir(f"/proc/{pid}/fd")) + 1 + ROOM
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, before[1]))
        return before, most

    def fill(self, gateway, most):
        """Returns: connections that were served, until files had run out."""
        held = []
        while (sock := self.connect(gateway)) is not None:
            held.append(client := gt.Client(gateway.port))
            client.sock = sock
            self.addCleanup(client.close)
            self.assertLess(len(held), 4 * most, "files never run out")
        return [client for client in held if self.answers(client)]

    def answers(self, client):
        """Of the gateway itself: that takes no descriptor."""
        try:
            return client.ask(gt.WELL_KNOWN + "binding").status == 200
        except OSError:
            return False

    def test_whoever_is_served_stays_whatever_the_other_workers_do(self):
        gateway = self.start_gateway({"threads": LOOPS}, self.start_simulator(),
                                     self.start_sample_app())
        before, most = self.limit_files(gateway)
        held = self.fill(gateway, most)
        served = []

        def crowd():
            for _ in range(TURNED_AWAY):
                served.append(self.connect(gateway))

        threads = [threading.Thread(target=crowd) for _ in range(CROWD)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(CROWD * TURNED_AWAY, len(served), "a client was neither served nor refused")
        self.assertEqual([True] * len(held), [self.answers(client) for client in held])
        resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE, before)
        self.assertEqual(200, self.ask(gateway, "/").status)

    def test_the_control_loop_goes_on_while_somebody_asks_for_health(self):
        """Each time it still hears a signal."""
        gateway = self.start_gateway({"threads": 1}, self.start_simulator(), self.start_sample_app())
        _, most = self.limit_files(gateway)
        self.fill(gateway, most)
        host, port = dt.split_address(gateway.ready["admin"])
        for heard in range(1, 5):
            self.addCleanup(dt.tcp_connect(host, port).close)
            gateway.process.send_signal(signal.SIGHUP)
            dt.wait_for(lambda n=heard: len(self.log_events(gateway, "signal")) >= n, "the signal")


class Full(gt.GatewayTestCase):
    def test_who_waits_is_served_by_the_gateway_that_takes_over(self):
        config = {"threads": 1, "limits": {"max_connections": 1}}
        control = self.path("control.sock")
        simulator, app = self.start_simulator(), self.start_sample_app()
        gateway = self.start_gateway(config, simulator, app, options=("--control", control))
        client = gt.Client(gateway.port)
        self.addCleanup(client.close)
        self.assertEqual(200, client.ask("/").status)
        waiting = dt.tcp_connect("127.0.0.1", gateway.port)
        self.addCleanup(waiting.close)
        self.assertEqual(200, client.ask("/").status)  # the loop has seen the other one before
        self.start_gateway(config, simulator, app, options=("--takeover", control))
        with dt.insecure_context().wrap_socket(waiting) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            self.assertTrue(dt.receive_all(sock).startswith(b"HTTP/1.1 200 "))
        client.close()
        self.assertEqual(0, gateway.wait_exit())


if __name__ == "__main__":
    unittest.main()
