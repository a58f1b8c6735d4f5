#!/usr/bin/env python3
"""Each layer of the sandbox alone, and all of them: what a process inside can still do.

The probe is built as a release is, without sanitizer, whatever the rest of the build is.
"""
import ctypes
import errno
import os
import signal
import unittest

import devproof_testing as dt

PROBE = "tests/unit/sandbox/sandbox_probe"
LANDLOCK_CREATE_RULESET = 444
NOBODY = 65534

# What each attempt gives: without a sandbox (None: depends on who runs it), and under the filter.
CALLS = {
    "ptrace": (errno.ESRCH, errno.EPERM),
    "mount": (None, errno.EPERM),
    "keyctl": (None, errno.EPERM),
    "unshare": (0, errno.EPERM),
    "bpf": (None, errno.EPERM),
    "process_vm": (0, errno.EPERM),
    "setuid": (None, errno.EPERM),
    "seccomp": (errno.EINVAL, errno.EPERM),
    "dumpable": (0, errno.EPERM),
    "push": (None, errno.EPERM),
    "packet": (None, errno.EPERM),
    "raw": (None, errno.EPERM),
    "uevent": (0, errno.EPERM),
    "map-exec": (0, errno.EPERM),
    "make-exec": (0, errno.EPERM),
    "limit": (0, errno.EPERM),
    "kill": (None, errno.EPERM),
    "tgkill": (None, errno.EPERM),
    "clone3": (errno.EINVAL, errno.ENOSYS),
    "io_uring": (None, errno.ENOSYS),
    "fork=/bin/true": (0, errno.EPERM),
    "exec=/bin/true": ("runs", errno.EPERM),
}
# What a proxy does all the time.
NEEDED = ("inet", "route", "map", "thread", "resolve=localhost")


def landlock_version():
    """0 where the kernel has none."""
    return max(0, ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, 0, 1))


class Layers(dt.TestCase):
    def probe(self, layers, *words, expect_exit=0):
        """{first word of a line: the rest}, of the layers and of the attempts."""
        done = self.run_program([dt.built(PROBE), layers, *words])
        self.assertEqual(expect_exit, done.returncode, done.stderr)
        return dict(line.split(" ", 1) for line in done.stdout.splitlines())

    def of(self, layers, attempt, *options):
        found = self.probe(layers, *options, attempt)
        return int(found.get(attempt.split("=")[0], -1))

    def need_landlock(self, version=1):
        if landlock_version() < version:
            self.skipTest(f"the kernel has Landlock {landlock_version()}, not {version}")

    def test_forbidden_calls_are_refused_by_the_filter_alone(self):
        for attempt, (before, after) in CALLS.items():
            with self.subTest(attempt=attempt):
                free = self.of("none", attempt) if before is not None else None
                self.assertEqual({"runs": -1}.get(before, before), free)
                self.assertEqual(after, self.of("syscalls", attempt))

    def test_what_a_proxy_needs_goes_on(self):
        found = self.probe("user,capabilities,files,syscalls", *NEEDED)
        self.assertEqual({"0"}, {found[n.split("=")[0]] for n in NEEDED})
        self.assertEqual("on", found["syscalls"].split()[0])

    def test_a_call_in_the_form_of_another_processor_kills(self):
        if os.uname().machine != "x86_64":
            self.skipTest("only x86-64 has a second form of system calls that anybody can make")
        for layers, code in (("none", 0), ("syscalls", -signal.SIGSYS)):
            with self.subTest(layers=layers):
                self.probe(layers, "foreign", expect_exit=code)

    def test_files_outside_are_refused_by_landlock_alone(self):
        self.need_landlock()
        outside = self.write("outside", "x")
        os.mkdir(self.path("inside"))
        inside = self.write("inside/file", "x")
        read = ("--read", self.path("inside"))
        self.assertEqual(0, self.of("none", f"open={outside}"))
        self.assertEqual(errno.EACCES, self.of("files", f"open={outside}", *read))
        self.assertEqual(0, self.of("files", f"open={inside}", *read))
        self.assertEqual(0, self.of("files", "open=/dev/null", *read))
        self.assertEqual(errno.EACCES, self.of("files", "open=/dev/zero", *read))
        for attempt in (f"replace={inside}", f"unlink={inside}", f"replace={outside}",
                        "exec=/bin/true", "fork=/bin/true"):
            with self.subTest(attempt=attempt):
                self.assertEqual(errno.EACCES, self.of("files", attempt, *read))
        self.assertEqual(0, self.of("files", f"replace={inside}", "--replace", self.path("inside")))

    def test_one_file_is_not_its_folder(self):
        self.need_landlock()
        one, other = self.write("one", "x"), self.write("other", "x")
        self.assertEqual(0, self.of("files", f"open={one}", "--read", one))
        self.assertEqual(errno.EACCES, self.of("files", f"open={other}", "--read", one))

    def test_a_path_that_is_not_there_is_told(self):
        self.need_landlock()
        found = self.probe("files", "--read", self.path("none"))
        self.assertEqual("on", found["files"].split()[0])
        self.assertIn(f"not there: {self.path('none')}", found["files"])

    def test_ports_and_signals_stay_inside(self):
        self.need_landlock(4)
        self.assertEqual((0, errno.EACCES), (self.of("none", "bind"), self.of("files", "bind")))
        self.need_landlock(6)
        self.assertEqual(errno.EPERM, self.of("files", "kill"))

    def test_capabilities_go_for_good(self):
        found = self.probe("capabilities", "raw", "packet")
        self.assertEqual("on", found["capabilities"].split()[0])
        self.assertEqual({str(errno.EPERM)}, {found["raw"], found["packet"]})
        if os.geteuid() == 0:
            self.assertEqual(0, self.of("none", "raw"))

    def test_another_user_for_good(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        secret = self.write("secret", "x")
        os.chmod(secret, 0o600)
        found = self.probe("user", "--user", f"{NOBODY}:{NOBODY}", "setuid", f"open={secret}")
        self.assertEqual(f"on uid {NOBODY}, gid {NOBODY}", found["user"])
        self.assertEqual(str(errno.EPERM), found["setuid"])
        self.assertEqual(str(errno.EACCES), found["open"])
        self.assertIn(f"uid {NOBODY},", self.probe("user", "--user", "nobody")["user"])

    def test_a_user_that_cannot_be_had_is_refused(self):
        self.probe("user", "--user", "no such user", expect_exit=1)
        if os.geteuid() != 0:
            self.probe("user", "--user", "0:0", expect_exit=1)

    def test_a_kernel_without_a_layer_leaves_the_others(self):
        """The filter refuses Landlock's calls, as an older kernel would: told, and no more."""
        found = self.probe("syscalls,late-files", "ptrace")
        self.assertEqual("refused", found["files"].split()[0])
        self.assertIn("no Landlock", found["files"])
        self.assertEqual(("on", str(errno.EPERM)), (found["syscalls"].split()[0], found["ptrace"]))


if __name__ == "__main__":
    unittest.main()
