#!/usr/bin/env python3
"""What a second worker loop costs: instructions of the gateway for a request with one loop and with two,
counted by callgrind as the difference between a short and a long run.

  two_loops.py BUILD [REQUESTS]      BUILD is a release build; needs valgrind and h2load
"""
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "..", "support"))
import devproof_testing as dt  # noqa: E402

PROTOCOLS = {"h1": ["--h1"], "h2": ["--npn-list=h2"]}


class Run(dt.TestCase):
    def test_run(self):
        self.simulator = self.start_simulator()
        self.app = self.start_sample_app()
        for protocol, options in PROTOCOLS.items():
            cost = {loops: self.per_request(loops, options) for loops in (1, 2)}
            print(f"{protocol}: {cost[1]:.0f} instructions a request with one loop, "
                  f"{cost[2]:.0f} with two, ratio {cost[2] / cost[1]:.3f}", flush=True)

    def per_request(self, loops, options):
        short, long = self.wanted // 4, self.wanted
        return (self.total(loops, long, options) - self.total(loops, short, options)) / (long - short)

    def total(self, loops, requests, options):
        """Instructions of a whole run with so many requests on eight connections."""
        out = self.path(f"callgrind-{len(self.programs)}")
        config = {"listeners": [{"address": "127.0.0.1:0"}], "threads": loops,
                  "log": {"access": False}, "insecure_agent_endpoint": self.simulator.socket,
                  "evidence": {"collateral_url": ""},
                  "upstreams": {"app": {"servers": [f"127.0.0.1:{self.app.port}"]}}}
        gateway = self.start(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
                              dt.built("devproof-gateway"), "--config-json", json.dumps(config)])
        done = subprocess.run(
            ["h2load", *options, "-c8", "-t1", f"-n{requests}",
             f"https://{gateway.ready['listeners'][0]}/bytes?n=100"],
            check=True, capture_output=True, text=True).stdout
        self.assertIn(f"{requests} succeeded", done)
        gateway.stop()
        with open(out, encoding="ascii", errors="replace") as f:
            return int(re.search(r"^(?:totals|summary): (\d+)", f.read(), re.M)[1])


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    os.environ["DEVPROOF_BUILD_DIR"] = os.path.abspath(sys.argv[1])
    run = Run("test_run")
    run.wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 4000
    result = run.run()
    for _, text in result.failures + result.errors:
        print(text, file=sys.stderr)
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
