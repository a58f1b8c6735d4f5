#!/usr/bin/env python3
"""The key's epoch is raised under load: announced, used, retired; who is connected notices nothing."""
import base64
import hashlib
import json
import threading
import unittest

import devproof_testing as dt
import gateway_testing as gt
from attested_side import NAME, ClientTestCase
from takeover_load import Load

EPOCHS = (1, 2, 3)


class Epochs(ClientTestCase, gt.GatewayTestCase):
    start_gateway = gt.GatewayTestCase.start_gateway

    def configuration(self, epoch):
        return {"listeners": [{"address": "127.0.0.1:0", "names": [NAME, "*"]}],
                "tls": {"epoch": epoch}}

    def config_hash(self, epoch):
        file = self.write_gateway_config(self.configuration(epoch), self.simulator, self.app,
                                         f"printed-{epoch}.json")
        done = self.run_program([dt.built("devproof-gateway"), "--config", file, "--print-config"])
        self.assertEqual(0, done.returncode, done.stderr)
        return hashlib.sha256(done.stdout.encode()).hexdigest()

    def serve(self, epoch, option):
        return self.start_gateway(self.configuration(epoch), self.simulator, self.app,
                                  name=f"epoch-{epoch}", options=(option, self.path("control")))

    def keys(self, gateway):
        """{epoch: (state, hash)} of the statement, for our name."""
        binding = self.ask(gateway, gt.WELL_KNOWN + "binding", server_name=NAME).json()
        return {k["epoch"]: (k["state"], k["spki_sha256"]) for k in
                json.loads(base64.b64decode(binding["statement"]))["tls_keys"] if k["name"] == NAME}

    def presented(self, gateway):
        leaf = self.leaf(gateway, NAME)
        return hashlib.sha256(gt.certificate_parts(leaf)[0]).hexdigest()

    def start_shim(self, policy):
        shim = self.start([dt.built("devproof"), "connect", "--listen", "127.0.0.1:0", "--target",
                           f"{NAME}:443", "--policy", policy, *self.where()])
        shim.url = f"http://{shim.ready['listen']}/"
        return shim

    def verified_load(self, shim):
        """Requests through the local proxy until told to stop. Returns: (answers, failures, stop)."""
        answers, failures, done = [], [], threading.Event()

        def ask():
            while not done.is_set() and not failures:
                try:
                    reply = dt.http_request(shim.url)
                    (answers if reply.status == 200 else failures).append(reply.status)
                except OSError as e:
                    failures.append(repr(e))
        threads = [threading.Thread(target=ask) for _ in range(2)]

        def stop():
            done.set()
            for t in threads:
                t.join(dt.DEADLINE_S)
        for t in threads:
            t.start()
        self.addCleanup(stop)
        return answers, failures, stop

    def test_clients_are_connected_all_along(self):
        self.simulator, self.app = self.start_simulator(), self.start_sample_app()
        gateway = self.serve(1, "--control")
        self.port = gateway.port
        policy = {**self.init_policy(), "config": [self.config_hash(e) for e in EPOCHS]}
        shim = self.start_shim(self.policy_file(policy))
        load = Load(gateway.port)
        answers, failures, stop = self.verified_load(shim)
        for epoch in EPOCHS:
            if epoch > 1:
                announced = self.keys(gateway)[epoch]
                following = self.serve(epoch, "--takeover")
                self.assertEqual(0, gateway.wait_exit())
                gateway = following
                self.assertEqual(("next", self.presented(gateway)), announced)
            load.reached(100)
            reached = len(answers) + 20
            dt.wait_for(lambda n=reached: len(answers) >= n or failures, "verified answers")
            states = {e: state for e, (state, _) in self.keys(gateway).items()}
            self.assertEqual({**{e: "retired" for e in range(1, epoch)}, epoch: "current",
                              epoch + 1: "next"}, states)
        stop()
        self.assertEqual(([], []), (load.end(), failures))
        self.assertNotIn("refused", shim.log())


if __name__ == "__main__":
    unittest.main()
