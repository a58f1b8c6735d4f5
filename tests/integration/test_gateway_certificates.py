"""Certificates of public authorities for the derived key, and a key of the process's own."""
import base64
import hashlib
import json
import os
import signal
import subprocess
import threading
import unittest

import devproof_testing as dt
import gateway_testing as gt
from attested_side import NAME, ClientTestCase

OTHER = "other.example.test"


class Certificates(ClientTestCase, gt.GatewayTestCase):
    start_gateway = gt.GatewayTestCase.start_gateway

    def setUp(self):
        super().setUp()
        self.simulator = self.start_simulator()
        self.app = self.start_sample_app()
        self.chain_file = self.path("chain.pem")
        self.config = {"listeners": [{"address": "127.0.0.1:0", "names": [NAME, OTHER]}],
                       "tls": {"certificates": [{"name": NAME, "chain_file": self.chain_file}]}}

    def openssl(self, *argv, stdin=None):
        done = subprocess.run(["openssl", *argv], capture_output=True, input=stdin, check=False,
                              timeout=60)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def csr(self, *names, config=None):
        full = {"insecure_agent_endpoint": self.simulator.socket,
                "upstreams": {"app": {"servers": ["127.0.0.1:9"]}}, **(config or self.config)}
        argv = [dt.built("devproof-gateway"), "csr", "--config-json", json.dumps(full)]
        for name in names:
            argv += ["--name", name]
        done = self.run_program(argv)
        return done.returncode, done.stdout, done.stderr

    def certify(self):
        """A test authority signs what `csr` prints; the chain takes its place by a rename."""
        key, root = self.path("ca.key"), self.path("ca.pem")
        if not os.path.exists(root):
            self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                         "-nodes", "-keyout", key, "-out", root, "-subj", "/CN=Test CA", "-days", "3")
        code, csr, err = self.csr(NAME)
        self.assertEqual((0, ""), (code, err))
        leaf = self.openssl("x509", "-req", "-in", self.write("csr.pem", csr), "-CA", root, "-CAkey",
                            key, "-days", "2", "-copy_extensions", "copy")
        with open(self.path("chain.new"), "wb") as out, open(root, "rb") as ca:
            out.write(leaf + ca.read())
        os.rename(self.path("chain.new"), self.chain_file)
        return self.openssl("x509", "-outform", "der", stdin=leaf)

    def serve(self, config=None):
        gateway = self.start_gateway(config or self.config, self.simulator, self.app)
        self.port = gateway.port
        return gateway

    def wait_leaf(self, gateway, leaf):
        dt.wait_for(lambda: self.leaf(gateway, NAME) == leaf, "the new certificate")

    def assert_accepted(self):
        code, report = self.verify(self.policy_file(self.init_policy()))
        self.assertEqual((0, "ok"), (code, report["code"]))

    def test_csr_names_the_served_key(self):
        gateway = self.serve()
        code, pem, err = self.csr(NAME, OTHER)
        self.assertEqual((0, ""), (code, err))
        file = self.write("csr.pem", pem)
        text = self.openssl("req", "-in", file, "-noout", "-verify", "-text").decode()
        self.assertIn(f"DNS:{NAME}, DNS:{OTHER}", text)
        spki = self.openssl("pkey", "-pubin", "-outform", "der",
                            stdin=self.openssl("req", "-in", file, "-noout", "-pubkey"))
        self.assertEqual(gt.certificate_parts(self.leaf(gateway, OTHER))[0], spki)

    def test_csr_says_why_there_is_none(self):
        self.assertEqual(2, self.csr("elsewhere.test")[0])
        self.assertEqual(2, self.csr()[0])
        self.assertEqual(20, self.csr(NAME, config={**self.config, "tls": {"key": "process"}})[0])
        code, out, err = self.csr(NAME, config={
            **self.config, "insecure_agent_endpoint": self.path("none.sock")})
        self.assertEqual((1, ""), (code, out))
        self.assertIn("the guest agent gives no key: Info: agent-unavailable", err)

    def test_a_chain_is_shown_for_its_name_and_accepted_with_the_statement(self):
        leaf = self.certify()
        gateway = self.serve()
        self.assertEqual(leaf, self.leaf(gateway, NAME))
        self.assertIn(gt.QUOTE_OID, gt.certificate_parts(self.leaf(gateway, OTHER))[1])
        self.assert_accepted()
        done = self.run_program(["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}",
                                 "-servername", NAME, "-CAfile", self.path("ca.pem"),
                                 "-verify_hostname", NAME, "-verify_return_error", "-brief"])
        self.assertIn("Verification: OK", done.stderr)

    def test_without_a_usable_file_the_name_has_its_own_certificate(self):
        gateway = self.serve()
        self.assertIn(gt.QUOTE_OID, gt.certificate_parts(self.leaf(gateway, NAME))[1])
        self.assertRegex(gateway.log(), rf"warn certificate-file name={NAME} .*served=RA-TLS")
        leaf = self.certify()
        gateway.process.send_signal(signal.SIGHUP)
        self.wait_leaf(gateway, leaf)
        self.assert_accepted()

    def test_a_changed_file_is_picked_up_and_a_bad_one_is_not(self):
        self.certify()
        gateway = self.serve()
        second = self.certify()  # no signal: it is looked at
        self.wait_leaf(gateway, second)
        self.write("chain.pem", "not a chain")
        gateway.process.send_signal(signal.SIGHUP)
        dt.wait_for(lambda: 'served="the one before"' in gateway.log(), "the refusal")
        self.assertEqual(second, self.leaf(gateway, NAME))
        self.assert_accepted()

    def test_no_request_fails_while_certificates_change(self):
        self.certify()
        gateway = self.serve()
        failures, counts, stop = [], [0, 0], threading.Event()

        def load(i):
            while not stop.is_set():
                try:
                    if self.ask(gateway, "/", server_name=NAME,
                                headers={"Host": NAME}).status != 200:
                        failures.append("status")
                except OSError as error:
                    failures.append(repr(error))
                counts[i] += 1

        threads = [threading.Thread(target=load, args=(i,)) for i in range(2)]
        for thread in threads:
            thread.start()
        for _ in range(4):
            leaf = self.certify()
            gateway.process.send_signal(signal.SIGHUP)
            self.wait_leaf(gateway, leaf)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual([], failures)
        self.assertGreater(min(counts), 0)

    def test_a_key_of_the_process_is_named_by_the_statement(self):
        seen = set()
        for _ in range(2):
            gateway = self.serve({**self.config, "tls": {"key": "process"}})
            binding = self.ask(gateway, gt.WELL_KNOWN + "binding", server_name=NAME).json()
            keys = json.loads(base64.b64decode(binding["statement"]))["tls_keys"]
            spki = gt.certificate_parts(self.leaf(gateway, NAME))[0]
            self.assertEqual({(hashlib.sha256(spki).hexdigest(), "current", "process", 0)},
                             {(k["spki_sha256"], k["state"], k["origin"], k["epoch"]) for k in keys})
            seen.add(spki)
            self.assert_accepted()
        self.assertEqual(2, len(seen))

    def keys(self, gateway):
        """{epoch: (state, hash)} of the statement."""
        binding = self.ask(gateway, gt.WELL_KNOWN + "binding", server_name=NAME).json()
        return {k["epoch"]: (k["state"], k["spki_sha256"]) for k in
                json.loads(base64.b64decode(binding["statement"]))["tls_keys"] if k["name"] == NAME}

    def test_the_next_epoch_is_published_before_it_is_used(self):
        served, configs, spki = {}, [], {}
        for epoch in (1, 2):  # a replica of each, beside one another
            served[epoch] = self.serve({**self.config, "tls": {"epoch": epoch}})
            spki[epoch] = hashlib.sha256(
                gt.certificate_parts(self.leaf(served[epoch], NAME))[0]).hexdigest()
            policy = self.init_policy()
            configs += policy["config"]
        self.assertEqual({1: ("current", spki[1]), 2: ("next", spki[2])}, self.keys(served[1]))
        after = self.keys(served[2])
        self.assertEqual((("retired", spki[1]), ("current", spki[2])), (after[1], after[2]))
        self.assertEqual("next", after[3][0])
        file = self.policy_file({**policy, "config": configs})
        for epoch in (1, 2, 1):
            code, report = self.verify(file, served[epoch].port)
            self.assertEqual((0, "ok"), (code, report["code"]))

    def test_certificates_need_a_derived_key(self):
        done = self.run_program([dt.built("devproof-gateway"), "--check-config", "--config-json",
                                 json.dumps({**self.config, "upstreams": {"a": {"servers": ["a:1"]}},
                                             "tls": {**self.config["tls"], "key": "process"}})])
        self.assertEqual(1, done.returncode)
        self.assertIn("is not certified: tls.key", done.stdout)


if __name__ == "__main__":
    unittest.main()
