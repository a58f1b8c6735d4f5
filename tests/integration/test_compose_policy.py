"""Policies that look into the measured compose text: the gateway's image, its configuration."""
import json
import unittest

from attested_side import ClientTestCase

IMAGE = "registry.example.org/devproof-gateway@sha256:" + "0123456789abcdef" * 4
SOCKET = "/var/run/dstack.sock:/var/run/dstack.sock"


def manifest(*, more="", **service):
    """An app-compose text; more: further services."""
    gateway = {"image": IMAGE, "volumes": [SOCKET],
               "command": ["--config-json", '{"upstreams": {"app": {"servers": ["app:8000"]}}}'],
               **service}
    compose = f"services:\n  gateway: {json.dumps(gateway)}\n  app: {{image: app}}\n{more}"
    return json.dumps({"manifest_version": 2, "name": "t", "runner": "docker-compose",
                       "docker_compose_file": compose})


class ComposePolicy(ClientTestCase):
    def side(self, text, **evidence):
        self.measured = self.write("app-compose.json", text)
        self.start_side("--app-compose", self.measured)
        if evidence:
            gateway = self.start_gateway(self.simulator, self.app, evidence={
                "collateral_url": self.simulator.pccs, **evidence})
            self.port = gateway.port

    def verdict(self, **demands):
        """(exit code, code) under the observed policy with these members changed."""
        policy = self.init_policy()
        policy.update(demands)
        code, report = self.verify(self.policy_file(policy), None)
        return code, report["code"]

    def test_image_and_configuration_come_from_the_measured_text(self):
        self.side(manifest())
        self.assertEqual((0, "ok"), self.verdict(config="from-compose",
                                                 gateway={"images": [IMAGE]}))
        self.assertEqual((10, "gateway-image"), self.verdict(gateway={"images": [IMAGE[:-1] + "0"]}))

    def test_what_the_operator_can_reach_is_no_configuration(self):
        self.side(manifest(environment={"A": "b"}))
        self.assertEqual((10, "config-not-pinned"), self.verdict(config="from-compose"))

    def test_a_second_holder_of_the_socket_refuses(self):
        self.side(manifest(more=f"  other: {{image: o, volumes: ['{SOCKET}']}}\n"))
        self.assertEqual((10, "agent-socket-shared"), self.verdict(gateway={"images": [IMAGE]}))

    def test_a_text_that_is_not_published_comes_from_the_policy(self):
        self.side(manifest(), publish_compose=False)
        self.assertEqual((10, "compose-not-understood"), self.verdict(config="from-compose"))
        policy = self.init_policy()
        app = {**policy["app"], "compose_files": ["app-compose.json"]}
        app.pop("compose_hashes", None)
        self.assertEqual((0, "ok"), self.verdict(config="from-compose", app=app))


if __name__ == "__main__":
    unittest.main()
