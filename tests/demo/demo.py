#!/usr/bin/env python3
"""The whole of devproof-gateway on one machine: one connection that is accepted, six that are not.

Every far side is really what it is said to be: the refusals come from evidence that does not hold,
not from switches in the client. Lines begin with `accepted` or `refused <code>`. At the end the
verified connection goes on serving on a loopback port; --once stops there.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))

import devproof_testing as dp  # noqa: E402
import hostile_peers as hostile  # noqa: E402

NAME = "demo.example"
SECRET = "the-application-secret"


class Demo:
    def __init__(self, build):
        os.environ["DEVPROOF_BUILD_DIR"] = os.path.abspath(build)
        self.folder = tempfile.mkdtemp(prefix="dp-")
        self.programs = []
        self.peers = []
        self.rows = []

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, argv, name):
        program = dp.Program(argv + ["--ready-file", self.path(name + ".ready")], self.folder, name,
                             self.path(name + ".ready"))
        self.programs.append(program)
        program.wait_ready()
        return program

    def stop(self):
        for program in reversed(self.programs):
            program.stop()
        for peer in self.peers:
            peer.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # A whole far side: TD, app, gateway.
    def start_side(self, name, *options):
        simulator = self.start([dp.built("dstack-simulator"), "--socket", self.path(name + ".sock"),
                                "--pccs", "127.0.0.1:0", "--write-root", self.path("root.pem"),
                                "--app-compose", os.path.join(ROOT, "tests/demo/app-compose.json"),
                                *options], name + "-simulator")
        app = self.start([sys.executable, os.path.join(ROOT, "tests/support/sample_app.py"),
                          "--port", "0"], name + "-app")
        config = {"listeners": [{"address": "127.0.0.1:0", "names": [NAME]}],
                  "admin": {"address": "127.0.0.1:0"},
                  "insecure_agent_endpoint": simulator.ready["socket"],
                  "evidence": {"collateral_url": simulator.ready["pccs"]},
                  "upstreams": {"app": {"servers": [f"127.0.0.1:{app.ready['port']}"]}}}
        # The configuration is pinned by its hash: every side runs the same text but for ports.
        gateway = self.start([dp.built("devproof-gateway"), "--config-json", json.dumps(config)],
                             name + "-gateway")
        side = {"name": name, "app": app, "pccs": simulator.ready["pccs"],
                "socket": simulator.ready["socket"],
                "port": dp.split_address(gateway.ready["listeners"][0])[1]}
        return side

    def devproof(self, *argv, check=None):
        done = subprocess.run([dp.built("devproof"), *argv], capture_output=True, text=True,
                              timeout=60, check=False)
        if check is not None and done.returncode != check:
            raise RuntimeError(f"devproof {' '.join(argv)}: exit {done.returncode}\n"
                               f"{done.stdout}{done.stderr}")
        return done

    def where(self, port, pccs):
        return ["--resolve", f"{NAME}:443:127.0.0.1:{port}", "--collateral-url", pccs,
                "--timeout", "20"]

    def make_policy(self, side):
        """Pin what the operator announced: here, what was observed on the genuine side."""
        text = self.devproof("policy", "init", f"https://{NAME}/", "--root", self.path("root.pem"),
                             *self.where(side["port"], side["pccs"]), check=0).stdout
        with open(self.path("policy.json"), "w", encoding="utf-8") as f:
            f.write(text)
        other = text.replace('"compose_hashes": ["', '"compose_hashes": ["00112233')
        cut = other.index("00112233") + 64
        other = other[:cut] + other[other.index('"', cut):]
        with open(self.path("other-policy.json"), "w", encoding="utf-8") as f:
            f.write(other)
        waived = text.replace('"session": "signature"',
                              '"session": "signature",\n  "accept_unchecked": ["config"]')
        begin = waived.index('  "config": [')
        waived = waived[:begin] + waived[waived.index("\n", begin) + 1:]
        with open(self.path("any-config-policy.json"), "w", encoding="utf-8") as f:
            f.write(waived)

    def application_bytes(self, side):
        stats = dp.http_request(f"http://127.0.0.1:{side['app'].ready['port']}/stats").json()
        return stats

    def refuse(self, what, port, pccs, policy, received):
        """Try to send a secret to a far side; say what came of it."""
        before = received()
        done = self.devproof("get", f"https://{NAME}/{SECRET}", "--policy", self.path(policy),
                             "--json", *self.where(port, pccs))
        report = json.loads(done.stdout) if done.stdout.startswith("{") else {}
        verdict = report.get("verdict", "accepted" if done.returncode == 0 else "failed")
        code = report.get("code", done.stderr.strip())
        count = received() - before
        line = f"refused {code}" if verdict == "refused" else f"{verdict}"
        print(f"{line}: {what}", flush=True)
        self.rows.append((what, verdict, code, count))
        return verdict == "refused" and count == 0 and done.returncode == 10


def section(text):
    print(f"\n== {text}", flush=True)


def accept(demo, side):
    section("a connection to the genuine gateway: the whole report")
    done = demo.devproof("verify", f"https://{NAME}/", "--policy", demo.path("policy.json"),
                         *demo.where(side["port"], side["pccs"]))
    print(done.stdout, end="")
    if done.returncode != 0:
        raise RuntimeError(f"the genuine gateway was not accepted: {done.stderr}")
    section("curl through the local proxy of `devproof connect`")
    shim = demo.start([dp.built("devproof"), "connect", "--listen", "127.0.0.1:0", "--target",
                       f"{NAME}:443", "--policy", demo.path("policy.json"),
                       *demo.where(side["port"], side["pccs"])], "connect")
    url = f"http://{shim.ready['listen']}/"
    page = subprocess.run(["curl", "-sS", "--fail", "--max-time", "30", url], capture_output=True,
                          text=True, check=True).stdout
    print(page.rstrip())
    print(f"accepted: curl {url}")
    stats = demo.application_bytes(side)
    demo.rows.append(("the genuine gateway", "accepted", "ok", stats["bytes"]))
    return url, shim


def refuse_all(demo, side):
    section("the same request to far sides that are something else")

    def of(other):
        return lambda: demo.application_bytes(other)["bytes"]

    good = [demo.refuse("a policy that expects another compose file", side["port"], side["pccs"],
                        "other-policy.json", of(side))]
    leaf = hostile.fetch_leaf("127.0.0.1", side["port"], NAME)
    binding = fetch_binding(side["port"])
    replay = hostile.ReplayServer(*hostile.forge_certificate(demo.folder, NAME, leaf), binding)
    relay = hostile.KeyRelay(*hostile.steal_key(demo.folder, side["socket"], leaf),
                             ("127.0.0.1", side["port"]), NAME)
    demo.peers += [replay, relay]
    good.append(demo.refuse("a server with its own key that replays the genuine evidence",
                            replay.port, side["pccs"], "policy.json",
                            lambda: replay.application_bytes))
    for what, options in (("a TD in debug mode", ["--td-debug"]),
                          ("a platform with an out-of-date TCB", ["--tcb-status", "OutOfDate"]),
                          ("another OS that writes the same RTMR3 events", ["--os-seed", "ab" * 32])):
        other = demo.start_side(f"side{len(demo.rows)}", *options)
        good.append(demo.refuse(what, other["port"], other["pccs"], "any-config-policy.json",
                                of(other)))
    good.append(demo.refuse("a relay that owns the same TLS key and certificate", relay.port,
                            side["pccs"], "policy.json", lambda: relay.application_bytes))
    return all(good)


def fetch_binding(port):
    """The genuine reply of GET binding, as anybody can read it."""
    with dp.tls_connect("127.0.0.1", port, NAME) as s:
        s.sendall(f"GET /.well-known/devproof/binding HTTP/1.1\r\nHost: {NAME}\r\n"
                  "Connection: close\r\n\r\n".encode())
        return dp.receive_all(s).split(b"\r\n\r\n", 1)[1]


def table(rows):
    section("what each far side received")
    width = max(len(r[0]) for r in rows)
    print(f"{'far side':{width}}  {'verdict':8}  {'code':28}  application bytes")
    for what, verdict, code, count in rows:
        print(f"{what:{width}}  {verdict:8}  {code:28}  {count}")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--build", required=True, help="build folder with the programs")
    p.add_argument("--once", action="store_true", help="do not go on serving")
    a = p.parse_args()
    demo = Demo(a.build)
    ok = False
    try:
        section("starting simulator, sample app and gateway")
        side = demo.start_side("genuine")
        demo.make_policy(side)
        print("policy: what `devproof policy init` observed, under the simulator's root")
        url, shim = accept(demo, side)
        ok = refuse_all(demo, side)
        table(demo.rows)
        if ok and not a.once:
            print(f"\nserving the verified connection on {url} (stop with Ctrl-C)", flush=True)
            try:
                shim.process.wait()
            except KeyboardInterrupt:
                pass
    except Exception:
        for program in demo.programs:
            print(f"--- {program.name}\n{program.log()}", file=sys.stderr)
        raise
    finally:
        demo.stop()
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
