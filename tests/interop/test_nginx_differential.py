#!/usr/bin/env python3
"""The same random requests through nginx and through the engine, to a strict recording origin each: what
both forward means the same, and where one refuses, the reason stands in nginx-differences.json.

A request is followed by another on its connection: whoever ends it elsewhere is found out.

  test_nginx_differential.py [--seed N] [--count N] [--show]      --show prints every difference
"""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import unittest

import devproof_testing as dt
from http_mutants import Requests

sys.path.append(os.path.join(dt.source_dir(), "tests", "integration"))
from core_support import TIMEOUT_S, CoreTest  # pylint: disable=wrong-import-position
from recording_backend import RecordingBackend  # pylint: disable=wrong-import-position

SEED, COUNT, SHOW = 3, 6000, False
OWN_VERSION = b"1.22"  # of nginx, that the reasons were written for; others may need fewer
BEHIND = b"GET /behind HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n"
COMPARED = (b"host", b"accept", b"cookie", b"user-agent", b"x-a", b"x-b", b"x-quoted", b"x-long", b"x-tab")
CONF = """daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log info;
events {{ }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen unix:{folder}/nginx.sock;
    location / {{
      proxy_pass http://{origin}; proxy_http_version 1.1; proxy_set_header Host $http_host;
      proxy_set_header Connection ""; proxy_ignore_client_abort on; proxy_next_upstream off;
    }}
  }}
}}
"""


def differences():
    """{"common": {kind: reason}, "rare": the same of kinds that not every seed finds}"""
    path = os.path.join(dt.source_dir(), "tests", "interop", "nginx-differences.json")
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def meaning(request):
    """What an application can see of a request, and both proxies must agree on."""
    return (request.method, request.target, request.body,
            [(n.lower(), v.lower() if n.lower() == b"host" else v) for n, v in request.fields
             if n.lower() in COMPARED])


def engine_code(answer):
    """Of the last answer, when that is a refusal."""
    found = re.findall(rb"\r\n\r\n[45]\d\d [A-Za-z ]+: ([a-z0-9-]+)\n$", answer)
    return found[0].decode() if found else "no answer"


class Side:
    """A proxy, its origin, how it is reached, and how it says why it refused."""

    def __init__(self, origin, connect, why):
        self.origin, self.connect, self.why = origin, connect, why

    def ask(self, data):
        """Returns: what the origin got, and why no more."""
        before = len(self.origin.requests)
        answer = b""
        with self.connect() as sock:
            sock.settimeout(TIMEOUT_S)
            try:
                sock.sendall(data + BEHIND)
                sock.shutdown(socket.SHUT_WR)
                while more := sock.recv(65536):
                    answer += more
            except (ConnectionResetError, BrokenPipeError):
                pass
        return [meaning(r) for r in self.origin.requests[before:]], self.why(answer)


class Differential(CoreTest):
    def setUp(self):
        binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if not binary:
            self.skipTest("nginx is not installed")
        told = subprocess.run([binary, "-v"], capture_output=True, check=True).stderr
        self.version = re.search(rb"nginx/(\d+\.\d+)", told)[1]
        self.start_nginx(binary)
        origin = RecordingBackend(self)
        engine = self.proxy(origin.server, tls=False)
        self.engine = Side(origin, lambda: socket.create_connection(("127.0.0.1", engine.port), TIMEOUT_S),
                           engine_code)

    def start_nginx(self, binary):
        origin, path = RecordingBackend(self), self.path("nginx.sock")
        conf = self.write("nginx.conf", CONF.format(folder=self.folder, origin=origin.server))
        process = subprocess.Popen([binary, "-p", self.folder, "-c", conf], stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)

        def connect():
            sock = socket.socket(socket.AF_UNIX)
            try:
                sock.connect(path)
                return sock
            except OSError:
                sock.close()
                return None
        dt.wait_for(connect, "nginx to listen").close()
        # It forwards what a strict reader does not take: that is its affair, and one of the reasons.
        self.addCleanup(origin.errors.clear)
        log = open(self.path("error.log"), encoding="latin-1")  # pylint: disable=consider-using-with
        self.addCleanup(log.close)

        def why(answer):
            if b"502 Bad Gateway" in answer:
                return "the origin does not take what it forwards"
            found = re.findall(r"client (sent [a-zA-Z :\"-]*[a-zA-Z]|closed)", log.read())
            return found[-1].split(":")[0].strip() if found else "no reason"
        self.nginx = Side(origin, connect, why)

    def judge(self, ours, theirs):
        """The kind of a difference: None when there is none."""
        (seen, code), (by_nginx, why) = ours, theirs
        if seen == by_nginx:
            return None
        if by_nginx[:len(seen)] == seen:
            return f"the engine refuses: {code}"
        if seen[:len(by_nginx)] == by_nginx:
            return f"nginx refuses: {why}"
        return "another meaning"

    def test_both_mean_the_same_or_one_refuses_with_a_reason(self):
        reasons, requests, found = differences(), Requests(SEED), {}
        both = 0
        for i in range(COUNT):
            data = requests.one(f"c{i}")
            ours, theirs = self.engine.ask(data), self.nginx.ask(data)
            both += len(ours[0]) > 0 and ours[0] == theirs[0]
            kind = self.judge(ours, theirs)
            if kind:
                found.setdefault(kind, []).append((i, data, ours, theirs))
        for kind, cases in sorted(found.items()):
            if SHOW:
                for case in cases[:4]:
                    print(kind, *case, sep="\n    ")
            with self.subTest(kind=kind, example=cases[0]):
                self.assertIn(kind, {**reasons["common"], **reasons["rare"]})
        self.assertGreater(both, COUNT // 3, "too few requests that both forward")
        print(f"{COUNT} requests from seed {SEED}: {both} forwarded by both with one meaning, "
              f"{sum(map(len, found.values()))} differences of {len(found)} kinds")
        if self.version == OWN_VERSION:
            self.assertEqual(set(), set(reasons["common"]) - set(found), "reasons that nothing needs")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    SHOW = "--show" in arguments
    SEED = int(arguments[arguments.index("--seed") + 1]) if "--seed" in arguments else SEED
    COUNT = int(arguments[arguments.index("--count") + 1]) if "--count" in arguments else COUNT
    if not (shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")):
        print("skipped: nginx is not installed")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
