#!/usr/bin/env python3
"""What is installed works for a stranger: pkg-config, shared and static library, C and C++."""
import os
import re
import shutil
import subprocess
import unittest

import devproof_testing as dp
from attested_side import ClientTestCase

BUILD = os.environ.get("DEVPROOF_BUILD_DIR") or os.path.join(dp.source_dir(), "build", "asan")
EXAMPLES = os.path.join(dp.source_dir(), "tests", "examples")


def cached(name):
    with open(os.path.join(BUILD, "CMakeCache.txt"), encoding="utf-8") as f:
        found = re.search(rf"^{name}:\w+=(.*)$", f.read(), re.M)
    return found[1] if found else ""


def run(*argv, **more):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False, **more)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(argv)}: {done.stdout}{done.stderr}")
    return done.stdout


class Install(ClientTestCase):
    def setUp(self):
        self.root = self.path("root")
        run("cmake", "--install", BUILD, "--prefix", "/opt/devproof",
            env={**os.environ, "DESTDIR": self.root})
        self.prefix = os.path.join(self.root, "opt", "devproof")
        self.lib = os.path.dirname(self.find("libratls.so.0"))
        self.pkg_env = {**os.environ, "PKG_CONFIG_PATH": os.path.join(self.lib, "pkgconfig")}

    def find(self, name):
        found = [os.path.join(base, name) for base, _, names in os.walk(self.prefix)
                 if name in names]
        self.assertEqual(len(found), 1, f"{name}: {found}")
        return found[0]

    def pkg(self, *options):
        return run("pkg-config", *options, "libratls", env=self.pkg_env).split()

    def compile(self, source, *options, compiler="cc", libs=()):
        out = self.path(f"{os.path.basename(source)}{len(libs)}.program")
        sanitize = cached("DEVPROOF_SANITIZE")
        run(compiler, *options, *([f"-fsanitize={sanitize}"] if sanitize else []), "-o", out,
            source, *self.pkg("--cflags"), *(libs or self.pkg("--libs")))
        return out

    def run_example(self, program, policy):
        return self.run_program(
            [program, self.policy_file(policy), self.simulator.root_file, self.simulator.pccs,
             "127.0.0.1", str(self.port)], env={**self.env(), "LD_LIBRARY_PATH": self.lib})

    def test_everything_is_in_its_place(self):
        for name in ("devproof", "devproof-gateway", "libratls.a", "libratls.pc", "ratls.h",
                     "certbind.h", "report.schema.json", "archive.schema.json", "devproof.1",
                     "devproof-gateway.8", "_devproof", "devproof.fish", "devproof-gateway.fish"):
            self.find(name) if name not in ("devproof", "devproof-gateway") else self.assertTrue(
                os.access(os.path.join(self.prefix, "bin", name), os.X_OK))
        self.assertTrue(os.path.isfile(os.path.join(
            self.prefix, "share/bash-completion/completions/devproof")))
        private = [n for _, _, names in os.walk(self.prefix) for n in names
                   if n in ("context.h", "session_state.h", "keep.h", "seen.h", "verify_run.h")]
        self.assertEqual(private, [])

    def test_the_examples_work_with_what_is_installed(self):
        self.start_side(evidence={"collateral_url": ""})
        policy = self.init_policy()
        other = {**policy, "app": {**policy["app"], "compose_hashes": ["00" * 32]}}
        # Our own archive, and the libraries below it as shared ones: what Debian has.
        below = self.pkg("--print-requires") + self.pkg("--print-requires-private")
        static = [os.path.join(self.lib, "libratls.a"), "-pthread",
                  *run("pkg-config", "--libs", *below).split()]
        for name in ("blocking", "event_loop"):
            for libs in ((), static):
                program = self.compile(os.path.join(EXAMPLES, f"{name}.c"), "-std=gnu11",
                                       "-Wall", "-Wextra", "-Werror", libs=libs)
                needed = run("readelf", "-d", program)
                self.assertEqual("libratls.so.0" in needed, not libs)
                done = self.run_example(program, policy)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("It works", done.stdout)
                done = self.run_example(program, other)
                self.assertEqual((done.returncode, done.stdout), (10, ""))
                self.assertTrue(done.stderr.startswith("refused compose-hash: "), done.stderr)

    def test_it_links_from_cplusplus(self):
        compiler = shutil.which("g++")  # the sanitizer's library is that of the C compiler
        self.assertIsNotNone(compiler)
        source = self.write("use.cc", "#include <cstdio>\n#include \"ra-tls/ratls.h\"\n"
                            "int main() { ratls_ctx *ctx = nullptr; ratls_options options{};\n"
                            "  if (ratls_ctx_new(&options, &ctx, nullptr) != CERTBIND_OK) return 1;\n"
                            "  ratls_ctx_free(ctx);\n"
                            "  std::puts(certbind_status_name(CERTBIND_OK)); }\n")
        program = self.compile(source, "-std=c++17", "-Wall", compiler=compiler)
        done = self.run_program([program], env={**self.env(), "LD_LIBRARY_PATH": self.lib})
        self.assertEqual((done.returncode, done.stdout), (0, "ok\n"))

    def test_no_object_needs_this_very_compiler(self):
        sections = run("readelf", "-S", "-W", os.path.join(self.lib, "libratls.a"))
        self.assertIn(".text", sections)
        self.assertNotIn(".gnu.lto_", sections)

    def test_names_have_versions_and_nothing_else_is_shown(self):
        names = [line.split()[-1] for line in run(
            "nm", "-D", "--defined-only", os.path.join(self.lib, "libratls.so")).splitlines()]
        self.assertIn("ratls_connect@@RATLS_0", names)
        self.assertEqual([n for n in names if not re.fullmatch(
            r"(ratls|certbind)_\w+@@RATLS_0|RATLS_0", n)], [])

    def test_hardening(self):
        programs = [os.path.join(self.prefix, "bin", n) for n in ("devproof", "devproof-gateway")]
        library = os.path.join(self.lib, "libratls.so.0")
        self.assertIn("DYN", run("readelf", "-h", library))
        for path in [library] + programs * (cached("DEVPROOF_HARDENING") == "ON"):
            self.assertIn("GNU_RELRO", run("readelf", "-l", "-W", path), path)
            self.assertRegex(run("readelf", "-d", "-W", path), r"BIND_NOW|Flags:.*NOW", path)
            self.assertRegex(run("readelf", "-l", "-W", path), r"GNU_STACK +\S+ +\S+ +\S+ +\S+ +\S+ RW ")
        for path in programs:
            self.assertRegex(run("readelf", "-h", path), r"Type: +DYN", path)


if __name__ == "__main__":
    unittest.main()
