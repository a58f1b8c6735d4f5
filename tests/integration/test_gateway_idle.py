"""5,000 idle TLS connections with shipped defaults: secure memory and open files suffice."""
import resource
import threading
import time
import unittest

import devproof_testing as dt
import gateway_testing as gt

CONNECTIONS = 5000
THREADS = 4
NEEDED_FILES = 12000


class Idle(gt.GatewayTestCase):
    def test_5000_connections_stay_open(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < NEEDED_FILES:
            self.fail(f"RLIMIT_NOFILE allows {hard} files, this test needs {NEEDED_FILES}")
        gateway = self.start_all({"timeouts": {"idle_ms": 600_000}})  # a slow machine needs minutes
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        context = dt.insecure_context()
        sockets, failures = [], []

        def connect():
            try:
                for _ in range(CONNECTIONS // THREADS):
                    sockets.append(dt.tls_connect("127.0.0.1", gateway.port, context=context))
            except OSError as e:
                failures.append(e)

        began = time.monotonic()
        threads = [threading.Thread(target=connect) for _ in range(THREADS)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.addCleanup(lambda: [s.close() for s in sockets])
        self.assertEqual(([], CONNECTIONS), (failures, len(sockets)))
        print(f"{CONNECTIONS} handshakes in {time.monotonic() - began:.1f} s")
        with open(f"/proc/{gateway.process.pid}/status", encoding="ascii") as f:
            print("".join(line for line in f if line.startswith(("VmRSS", "VmLck"))))
        request = f"GET {gt.WELL_KNOWN}config HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        for s in sockets:
            s.sendall(request)
        for s in sockets:
            self.assertTrue(s.recv(16384).startswith(b"HTTP/1.1 200 "))
        self.assertEqual(200, self.ask(gateway, "/").status)


if __name__ == "__main__":
    unittest.main()
