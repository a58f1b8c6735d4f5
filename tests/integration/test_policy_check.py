#!/usr/bin/env python3
"""devproof policy init writes a file that a person can edit; policy check says what a file means."""
import json
import unittest

from attested_side import NAME, ClientTestCase


class PolicyCheck(ClientTestCase):
    def check(self, text, *options):
        return self.devproof("policy", "check", self.write("policy.json", text), *options)

    def states(self, text):
        done = self.check(text, "--json")
        self.assertEqual(done.returncode, 0, done.stdout)
        return {link["link"]: link["state"] for link in json.loads(done.stdout)["links"]}

    def test_what_was_observed_is_a_policy_as_it_stands(self):
        self.start_side()
        self.init_policy()
        self.assertEqual(set(self.states(self.policy_text).values()), {"demanded"})
        code, report = self.verify(self.path("policy.json"))
        self.assertEqual((code, report["complete"]), (0, True))
        # Each value says where it was seen and how to confirm it.
        for text in ("From the quote", "From the event log", "From the statement", "To confirm"):
            self.assertIn(text, self.policy_text)
        for hashes in ("compose_hashes", '"config"', "ca_spki_sha256", "mrtd"):
            self.assertIn(hashes, self.policy_text)
        # A person edits it: another line, a comment, a waived link.
        edited = self.policy_text.rstrip().rstrip("}").rstrip() + \
            ',\n  /* mine */ "tcb": {"max_collateral_age_days": 3}\n}\n'
        self.assertEqual(json.loads(self.check(edited, "--json").stdout)["tcb"]
                         ["max_collateral_age_s"], 3 * 86400)
        self.assertEqual(self.verify(self.path("policy.json"))[0], 0)

    def test_links_are_demanded_waived_or_open(self):
        self.assertEqual(set(self.states("{}").values()), {"no-demand", "demanded"})
        states = self.states('{"accept_unchecked": ["os", "session"], "session": "none"}')
        self.assertEqual((states["os"], states["session"], states["app"]),
                         ("waived", "waived", "no-demand"))
        done = self.check("{}")
        self.assertEqual(done.returncode, 0)
        self.assertIn("every server is refused (policy-incomplete)", done.stdout)
        self.assertIn("Intel's", done.stdout)

    def test_what_weakens_a_td_stands_out(self):
        strict, weak = '{"os": []}', '{"td": {"allow_debug": true, "allow_migratable": true}}'
        self.assertNotIn("TD may have", self.check(strict).stdout)
        text = self.check(weak).stdout
        self.assertRegex(text, "TD may have +debug mode: its host reads its memory\n")
        self.assertRegex(text, "TD may have +migration to other machines\n")
        self.assertEqual(json.loads(self.check(weak, "--json").stdout)["td"],
                         {"allow_debug": True, "allow_perfmon": False, "allow_migratable": True,
                          "mr_seam": 0})

    def test_every_problem_is_told_with_path_and_line(self):
        text = '{\n "sesion": "none",\n "tcb": {"accept": ["Revoked"]},\n "os": [{"mrtd": "00"}]\n}'
        done = self.check(text)
        self.assertEqual(done.returncode, 30)
        for part in (":2: unknown key 'sesion'", ":3: tcb.accept[0]: ", ":4: os[0].mrtd: "):
            self.assertIn(self.path("policy.json") + part, done.stdout)
        report = json.loads(self.check(text, "--json").stdout)
        self.assertEqual((report["valid"], report["code"], [p["line"] for p in report["problems"]]),
                         (False, "policy-syntax", [2, 3, 4]))

    def test_exit_codes(self):
        self.assertEqual(self.check('{"chain": {}}').returncode, 20)
        self.assertEqual(self.check('{"config": "from-compose"}').returncode, 0)
        self.assertEqual(self.check('{"config": "elsewhere"}').returncode, 30)
        self.assertEqual(self.check('{"max_evidence_age_s": 60, "session": "none"}').returncode, 30)
        self.assertEqual(self.check('{"app": {"compose_files": ["gone.json"]}}').returncode, 30)
        self.assertEqual(self.devproof("policy", "check", self.path("gone")).returncode, 30)
        self.assertEqual(self.devproof("policy", "check").returncode, 2)

    def test_explain_says_what_was_not_checked(self):
        self.start_side()
        policy = self.init_policy()
        del policy["config"]
        policy["accept_unchecked"] = ["config"]
        done = self.devproof("verify", f"https://{NAME}/", "--policy", self.policy_file(policy),
                             "--explain", *self.where())
        self.assertEqual(done.returncode, 0)
        explained = done.stdout.split("what each step means\n")[1]
        for step in ("transport", "quote", "session", "freshness"):
            self.assertRegex(explained, rf"(?m)^  {step} ")
        self.assertIn("not checked", explained)
        self.assertIn("config", explained.split("not checked")[1])


if __name__ == "__main__":
    unittest.main()
