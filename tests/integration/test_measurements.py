#!/usr/bin/env python3
"""Event logs of version 2 and the versions of MR_CONFIG_ID: gateway and client, whole."""
import json
import os
import unittest

from attested_side import ClientTestCase
from test_client import fetch_binding

UNCHECKED = "MR_CONFIG_ID: not checked, it is of version 3"


class Measurements(ClientTestCase):
    def accepted(self, *options):
        """The report of a complete verdict on a side with these options of the simulator."""
        self.start_side(*options)
        code, report = self.verify(self.policy_file(self.init_policy()))
        self.assertEqual((code, report["verdict"], report["complete"]), (0, "accepted", True))
        return report

    def test_a_log_of_version_2(self):
        self.accepted("--event-log-version", "2")
        log = json.loads(fetch_binding(self.port))["event_log"]
        self.assertEqual({2}, {e["version"] for e in log if e["imr"] == 3})

    def test_the_compose_file_can_ask_for_it(self):
        compose = self.write("compose.json", json.dumps({"name": "a", "event_log_version": 2}))
        self.accepted("--app-compose", compose)
        log = json.loads(fetch_binding(self.port))["event_log"]
        self.assertEqual({2}, {e["version"] for e in log if e["imr"] == 3})

    def test_both_versions_of_the_log_are_two_registers(self):
        one = self.accepted()["measurements"]["rtmr3"]
        self.assertNotEqual(one, self.accepted("--event-log-version", "2")["measurements"]["rtmr3"])

    def test_mr_config_id_of_version_2_is_checked(self):
        report = self.accepted("--mr-config", "2")
        self.assertEqual("02", report["measurements"]["mr_config_id"][:2])
        self.assertEqual([], [n for n in report["notes"] if "MR_CONFIG_ID" in n])

    def test_mr_config_id_of_version_3_is_reported_as_not_checked(self):
        report = self.accepted("--mr-config", "3")
        self.assertEqual("03", report["measurements"]["mr_config_id"][:2])
        self.assertEqual(1, len([n for n in report["notes"] if n.startswith(UNCHECKED)]))


if __name__ == "__main__":
    os.environ.setdefault("DEVPROOF_BUILD_DIR", "build/asan")
    unittest.main()
