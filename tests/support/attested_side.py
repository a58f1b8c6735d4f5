"""A whole far side for tests of the client: simulator, sample app, gateway; and the client."""
import json
import re

import devproof_testing as dp

NAME = "gw.example.test"


class ClientTestCase(dp.TestCase):
    """Starts far sides and runs devproof against them."""

    def start_gateway(self, simulator, app, env=None, **config):
        config = {"listeners": [{"address": "127.0.0.1:0"}], "admin": {"address": "127.0.0.1:0"},
                  "insecure_agent_endpoint": simulator.socket,
                  "evidence": {"collateral_url": simulator.pccs},
                  "upstreams": {"app": {"servers": [f"127.0.0.1:{app.port}"]}}, **config}
        gateway = self.start([dp.built("devproof-gateway"), "--config-json", json.dumps(config)],
                             env=env)
        gateway.port = dp.split_address(gateway.ready["listeners"][0])[1]
        return gateway

    def start_side(self, *options, **config):
        """Attributes: simulator, app, gateway, port."""
        self.simulator = self.start_simulator(*options)
        self.app = self.start_sample_app(name=f"app-{len(self.programs)}")
        self.gateway = self.start_gateway(self.simulator, self.app, **config)
        self.port = self.gateway.port
        return self.gateway

    def where(self, port=None):
        return ["--resolve", f"{NAME}:443:127.0.0.1:{port or self.port}",
                "--collateral-url", self.simulator.pccs, "--timeout", "20"]

    def devproof(self, *argv):
        return self.run_program([dp.built("devproof"), *argv])

    def init_policy(self, port=None):
        """What `policy init` observes, parsed: comments and all are what the command printed."""
        done = self.devproof("policy", "init", f"https://{NAME}/", "--root",
                             self.simulator.root_file, *self.where(port))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.policy_text = done.stdout
        return json.loads(re.sub(r"^ *//.*$", "", done.stdout, flags=re.M))

    def policy_file(self, policy, name="policy.json"):
        return self.write(name, json.dumps(policy))

    def verify(self, policy_path, port=None, *options):
        """(exit code, report) of `devproof verify --json`."""
        done = self.devproof("verify", f"https://{NAME}/", *(["--policy", policy_path]
                                                            if policy_path else []),
                             "--json", *self.where(port), *options)
        self.assertTrue(done.stdout.startswith("{"), done.stdout + done.stderr)
        return done.returncode, json.loads(done.stdout)

    def refused(self, policy_path, port=None):
        """The code of a refusal by `devproof get`."""
        done = self.devproof("get", f"https://{NAME}/secret", "--policy", policy_path, "--json",
                             *self.where(port))
        self.assertEqual(done.returncode, 10, done.stdout + done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["verdict"], "refused")
        return report["code"]

    def app_bytes(self, app=None):
        return dp.http_request(f"{(app or self.app).url}/stats").json()["bytes"]
