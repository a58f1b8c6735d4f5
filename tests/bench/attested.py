#!/usr/bin/env python3
"""What a proof costs: CPU time of the gateway for a connection that asks for its session proof, beside one
that asks for a small page, in turns within one run. Both make a full handshake and close.

  attested.py BUILD [ROUNDS] [SECONDS]      BUILD is a release build

The gateway runs as shipped on core 0 with one worker; simulator, backend and load on core 1.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, "suite"), os.path.join(HERE, "..", "support")]
import bench  # noqa: E402
import devproof_testing as dt  # noqa: E402
import gateway_testing as gt  # noqa: E402

PROOF = gt.WELL_KNOWN + "session?nonce=" + "5a" * 32
KINDS = {"plain": "/bytes?n=100", "attested": PROOF}


def pinned(core, argv):
    return ["taskset", "-c", str(core), *argv]


def compile_tool(run):
    tool = os.path.join(run, "tlsload")
    subprocess.run(["cc", "-O2", "-o", tool, os.path.join(HERE, "suite/tools/tlsload.c"), "-lssl",
                    "-lcrypto", "-lpthread"], check=True)
    return tool


class Run(dt.TestCase):
    """The programs, started and stopped as the tests do."""

    def test_run(self):
        rounds, seconds = self.wanted
        simulator = self.start(pinned(1, [dt.built("dstack-simulator"), "--socket",
                                          self.path("agent.sock")]), name="simulator")
        app = self.start(pinned(1, [sys.executable, os.path.join(HERE, "..", "support",
                                                                 "sample_app.py"), "--port", "0"]),
                         name="app")
        config = {"listeners": [{"address": "127.0.0.1:0"}], "threads": 1,
                  "admin": {"address": "127.0.0.1:0"}, "log": {"access": False},
                  "insecure_agent_endpoint": simulator.ready["socket"],
                  "evidence": {"collateral_url": ""},
                  "upstreams": {"app": {"servers": [f"127.0.0.1:{app.ready['port']}"]}}}
        gateway = self.start(pinned(0, [dt.built("devproof-gateway"), "--config-json",
                                        json.dumps(config)]), name="gateway")
        port = dt.split_address(gateway.ready["listeners"][0])[1]
        client = gt.Client(port)
        self.assertIn("signature", client.ask(PROOF).json())
        client.close()
        self.measure(gateway.process.pid, port, rounds, seconds)

    def measure(self, pid, port, rounds, seconds):
        tool = compile_tool(self.folder)
        ratios = []
        for n in range(rounds):
            cost = {}
            for kind in KINDS if n % 2 == 0 else reversed(KINDS):
                before = bench.cpu(pid)
                out = subprocess.run(pinned(1, [tool, "full", "127.0.0.1", str(port), str(seconds),
                                                "4", KINDS[kind]]), check=True,
                                     capture_output=True, text=True).stdout
                result = json.loads(out.splitlines()[-1])
                self.assertEqual(0, result["failed"], result)
                time.sleep(0.2)  # the last connections close
                cost[kind] = 1e6 * (bench.cpu(pid) - before) / result["done"]
            ratios.append(cost["attested"] / cost["plain"])
            print(f"round {n + 1}: plain {cost['plain']:.0f} us, attested "
                  f"{cost['attested']:.0f} us a connection, ratio {ratios[-1]:.3f}", flush=True)
        print(f"attested/plain: median {statistics.median(ratios):.3f} of {rounds} rounds")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    os.environ["DEVPROOF_BUILD_DIR"] = os.path.abspath(sys.argv[1])
    run = Run("test_run")
    run.wanted = (int(sys.argv[2]) if len(sys.argv) > 2 else 5,
                  float(sys.argv[3]) if len(sys.argv) > 3 else 3)
    result = run.run()
    for _, text in result.failures + result.errors:
        print(text, file=sys.stderr)
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
