#!/usr/bin/env python3
"""Where devproof and its local proxy look for collateral that a server does not send."""
import glob
import json
import os
import shutil
import stat
import unittest

import devproof_testing as dp
from attested_side import NAME, ClientTestCase


class Sources(ClientTestCase):
    def side(self, *options):
        self.start_side(*options, evidence={"collateral_url": ""})
        self.relay = dp.TcpRelay(dp.split_address(self.simulator.pccs.split("//")[1]))
        self.addCleanup(self.relay.close)
        self.pccs = f"http://127.0.0.1:{self.relay.port}"
        self.dead = f"http://127.0.0.1:{self.closed_port()}"
        self.policy_path = self.policy_file(self.init_policy())
        shutil.rmtree(self.path("cache"), ignore_errors=True)

    def look(self, *sources):
        """(exit code, report) of a verdict with these sources alone."""
        done = self.devproof("verify", f"https://{NAME}/", "--policy", self.policy_path, "--json",
                             "--resolve", f"{NAME}:443:127.0.0.1:{self.port}", *sources)
        return done.returncode, json.loads(done.stdout)

    def cached(self):
        return glob.glob(self.path("cache/devproof/*"))

    def test_services_are_asked_in_order_and_the_cache_before_them(self):
        self.side()
        both = ["--collateral-url", self.dead, "--collateral-url", self.pccs]
        self.assertEqual(self.look(*both)[0], 0)
        self.assertEqual(self.relay.connections, 1)
        name, = self.cached()
        self.assertRegex(os.path.basename(name), r"^tdx-[0-9a-f]{12}-platform\.json$")
        self.assertEqual(stat.S_IMODE(os.stat(name).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(name)).st_mode), 0o700)
        self.assertEqual(self.look(*both)[0], 0)
        self.assertEqual(self.relay.connections, 1)  # fresh: nobody was asked
        self.assertEqual(self.look("--no-cache", *both)[0], 0)
        self.assertEqual(self.relay.connections, 2)

    def test_a_changed_cache_is_judged_and_replaced(self):
        self.side()
        self.assertEqual(self.look("--collateral-url", self.pccs)[0], 0)
        name, = self.cached()
        with open(name, encoding="utf-8") as f:
            good = f.read()
        with open(name, "w", encoding="utf-8") as f:
            f.write(good.replace("UpToDate", "UpToDatE"))
        code, report = self.look()
        self.assertEqual((code, report["code"]), (10, "collateral-missing"))
        self.assertRegex("\n".join(report["notes"]), "no collateral from cache: ")
        self.assertEqual(self.look("--collateral-url", self.pccs)[0], 0)
        self.assertEqual(self.look()[0], 0)

    def test_folder_and_file(self):
        self.side()
        self.assertEqual(self.look("--collateral-url", self.pccs)[0], 0)
        name, = self.cached()
        folder = self.path("bundles")
        os.mkdir(folder)
        shutil.copy(name, folder)
        shutil.rmtree(self.path("cache"))
        for source in (["--collateral-dir", folder],
                       ["--collateral", os.path.join(folder, os.path.basename(name))]):
            self.assertEqual(self.look("--no-cache", *source)[0], 0)
        os.rename(os.path.join(folder, os.path.basename(name)),
                  os.path.join(folder, "tdx-000000000000-platform.json"))
        code, report = self.look("--no-cache", "--collateral-dir", folder)
        self.assertEqual((code, report["code"]), (10, "collateral-missing"))

    def test_every_source_that_failed_is_told(self):
        self.side()
        code, report = self.look("--collateral-url", self.dead, "--collateral-url",
                                 self.pccs + "/nowhere", "--collateral", self.path("none"))
        self.assertEqual((code, report["code"]), (10, "collateral-missing"))
        told = [n for n in report["notes"] if n.startswith("no collateral from ")]
        self.assertEqual(len(told), 4, told)
        for part, line in zip(("cache: ", self.dead, self.pccs + "/nowhere", "file: "), told):
            self.assertIn(part, line)
        self.assertIn("HTTP status 404, it knows no such platform", told[2])
        self.assertIn(self.dead, report["detail"])

    def test_that_nobody_was_asked_is_told(self):
        self.side()
        code, report = self.look("--no-cache")
        self.assertEqual((code, report["code"]), (10, "collateral-missing"))
        self.assertIn("of no other source was heard", "\n".join(report["notes"]))

    def test_the_proxy_has_new_collateral_before_the_old_expires(self):
        self.side("--collateral-lifetime", "6")
        shim = self.start([dp.built("devproof"), "connect", "--listen", "127.0.0.1:0", "--target",
                           f"{NAME}:443", "--policy", self.policy_path, "--no-cache",
                           "--collateral-url", self.pccs,
                           "--resolve", f"{NAME}:443:127.0.0.1:{self.port}"])
        url = f"http://{shim.ready['listen']}/"
        self.assertEqual(dp.http_request(url).status, 200)
        first = self.relay.connections
        self.assertGreaterEqual(first, 1)
        # Nobody asks for anything now. Three more transfers are longer than one bundle lives.
        dp.wait_for(lambda: self.relay.connections >= first + 3, "collateral to be refreshed", 60)
        self.assertEqual(dp.http_request(url).status, 200)
        self.assertEqual(self.cached(), [])


if __name__ == "__main__":
    unittest.main()
