#!/usr/bin/env python3
"""Files run out: who comes is turned away at once, and the gateway serves again when there are some."""
import os
import resource
import unittest

import devproof_testing as dt
import gateway_testing as gt

ROOM, TURNED_AWAY = 6, 30


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


if __name__ == "__main__":
    unittest.main()
