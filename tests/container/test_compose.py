#!/usr/bin/env python3
"""The compose file of the running example under a real engine: it comes up, it is accepted, and its
containers can do no more than they should.

  test_compose.py IMAGES      a folder with the archives of images.sh
"""
import json
import os
import sys
import tempfile
import time
import unittest

import engine

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMPOSE = os.path.join(ROOT, "docker", "compose.yaml")
SERVICES = ("simulator", "gateway", "app")
DEADLINE_S = 120
IMAGES = None
ENGINE = None


def wait_for(condition, what):
    end = time.monotonic() + DEADLINE_S
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {DEADLINE_S} s for {what}:\n"
                                 + ENGINE.compose(COMPOSE, "logs", "--no-color", check=False).stdout)
        time.sleep(0.2)


def inspect(service):
    name = ENGINE.compose(COMPOSE, "ps", "-q", service).stdout.strip()
    return json.loads(ENGINE.docker("inspect", name).stdout)[0]


def healthy():
    return inspect("gateway")["State"].get("Health", {}).get("Status") == "healthy"


def client(*args, mount=None, check=True):
    volume = ["-v", f"{mount}:/policy:ro"] if mount else []
    return ENGINE.compose(COMPOSE, "run", "--rm", *volume, "client", *args, check=check)


class RunningExample(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for name in ("gateway", "client", "simulator", "sample-app"):
            ENGINE.docker("load", "--quiet", "-i", os.path.join(IMAGES, f"{name}.tar"))
        ENGINE.compose(COMPOSE, "up", "-d", "--no-build")
        wait_for(healthy, "the gateway to be healthy")
        cls.folder = tempfile.TemporaryDirectory(prefix="devproof-policy-")
        os.chmod(cls.folder.name, 0o755)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()
        ENGINE.compose(COMPOSE, "down", "-v", check=False)

    def policy(self):
        """What `policy init` saw, with the measured file in place of its hash."""
        text = client("policy", "init", "https://gateway:8443/", "--root", "/trust/root.pem").stdout
        for name, contents in (("policy.json", text), ("app-compose.json", None)):
            if contents is None:
                with open(os.path.join(ROOT, "docker", name), encoding="utf-8") as f:
                    contents = f.read()
            with open(os.path.join(self.folder.name, name), "w", encoding="utf-8") as f:
                f.write(contents)
        return self.folder.name

    def test_the_client_accepts_it(self):
        done = client("verify", "https://gateway:8443/", "--policy", "/policy/policy.json", "--root",
                      "/trust/root.pem", mount=self.policy())
        self.assertRegex(done.stdout, r"^accepted: gateway:8443 \(simulated")

    def test_what_is_measured_is_the_compose_file(self):
        folder = self.policy()
        measured = client("compose", "hash", "/policy/app-compose.json", mount=folder).stdout.split()[0]
        with open(os.path.join(folder, "policy.json"), encoding="utf-8") as f:
            self.assertIn(measured, f.read())
        with open(os.path.join(folder, "app-compose.json"), encoding="utf-8") as f, \
                open(COMPOSE, encoding="utf-8") as compose:
            self.assertEqual(compose.read(), json.load(f)["docker_compose_file"])

    def test_without_the_simulators_root_it_is_refused(self):
        done = client("verify", "https://gateway:8443/", check=False)
        self.assertEqual(10, done.returncode)
        self.assertRegex(done.stdout, r"^refused root-ca-untrusted: gateway:8443")

    def test_the_published_port_leads_to_the_app(self):
        done = ENGINE.run(["curl", "-sSk", "--max-time", "30", "https://localhost:8443/"])
        self.assertIn("sample app", done.stdout)

    def test_every_service_is_confined(self):
        for service in SERVICES:
            with self.subTest(service=service):
                host = inspect(service)["HostConfig"]
                self.assertTrue(host["ReadonlyRootfs"])
                self.assertEqual(["ALL"], host["CapDrop"])
                self.assertFalse(host["Privileged"])
                self.assertIn("no-new-privileges:true", host["SecurityOpt"])
                self.assertEqual("65532:65532", inspect(service)["Config"]["User"])

    def test_the_gateways_sandbox_holds_in_its_container(self):
        name = ENGINE.compose(COMPOSE, "ps", "-q", "gateway").stdout.strip()
        told = ENGINE.docker("exec", name, "/usr/bin/devproof-gateway", "health").stdout
        sandbox = json.loads(told)["sandbox"]
        # Engines' own filters, and kernels, may be older than Landlock: that is told, and no more.
        self.assertIn(sandbox.pop("files"), ("on", "refused"))
        self.assertEqual({"user": "on", "capabilities": "on", "syscalls": "on"}, sandbox)

    def test_only_the_gateway_holds_the_agents_socket(self):
        holders = [s for s in SERVICES
                   if any(m["Destination"] == "/run/dstack" for m in inspect(s)["Mounts"])]
        self.assertEqual(["simulator", "gateway"], holders)

    def test_the_app_is_reached_through_the_gateway_alone(self):
        self.assertEqual({"devproof-test_inside"},
                         set(inspect("app")["NetworkSettings"]["Networks"]))
        network = json.loads(ENGINE.docker("network", "inspect", "devproof-test_inside").stdout)[0]
        self.assertTrue(network["Internal"])
        self.assertFalse(inspect("app")["HostConfig"]["PortBindings"])

    def test_the_images_hold_no_shell_and_say_what_they_are_made_of(self):
        for image in ("gateway", "client", "simulator"):
            with self.subTest(image=image):
                done = ENGINE.docker("run", "--rm", "--network", "none", "--entrypoint", "/bin/sh",
                                     f"devproof/{image}", "-c", "true", check=False)
                self.assertEqual(127, done.returncode)
                labels = json.loads(ENGINE.docker("image", "inspect", f"devproof/{image}").stdout)[0][
                    "Config"]["Labels"]
                self.assertEqual("Apache-2.0", labels["org.opencontainers.image.licenses"])
                self.assertRegex(labels["org.opencontainers.image.revision"], r"^[0-9a-f]{40}$")
        name = ENGINE.docker("create", "devproof/gateway").stdout.strip()
        ENGINE.docker("cp", f"{name}:/usr/share/devproof/packages", self.folder.name)
        with open(os.path.join(self.folder.name, "packages"), encoding="utf-8") as f:
            packages = [line.split()[0] for line in f]
        self.assertIn("libc6", packages)
        self.assertIn("libuv1", packages)

    def test_an_app_that_moves_is_found_again(self):
        ENGINE.compose(COMPOSE, "up", "-d", "--no-build", "--force-recreate", "--no-deps", "app")
        wait_for(lambda: "sample app" in ENGINE.run(
            ["curl", "-sk", "--max-time", "10", "https://localhost:8443/"], check=False).stdout,
            "the app behind its new container")
        self.assertTrue(healthy())


def main():
    global ENGINE, IMAGES
    IMAGES = os.path.abspath(sys.argv.pop(1))
    try:
        with engine.Engine() as ENGINE:
            return 0 if unittest.main(exit=False, verbosity=2).result.wasSuccessful() else 1
    except engine.Unavailable as why:
        print(f"SKIPPED: no container engine here: {why}")
        return 77


if __name__ == "__main__":
    sys.exit(main())
