"""nginx and a program of ours, each before an origin of its own: the same message through both, how what
came out of them compares, and nginx-differences.json with the reason of every kind of difference.

nginx listens on a unix socket in the test's folder.
"""
import json
import os
import re
import shutil
import socket
import subprocess
import sys

import devproof_testing as dt

sys.path.append(os.path.join(dt.source_dir(), "tests", "integration"))
from core_support import TIMEOUT_S  # pylint: disable=wrong-import-position

OWN_VERSION = b"1.22"  # that the reasons were written for; others may need fewer
BEHIND = b"GET /behind HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n"
COMPARED = ("host", "accept", "cookie", "user-agent", "x-a", "x-b", "x-quoted", "x-long", "x-tab")
CONF = """daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log info;
events {{ }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  keepalive_requests 1000000;
  server {{
    listen unix:{folder}/nginx.sock {listen};
    {certificate}
    location / {{
      proxy_pass http://{origin}; proxy_http_version 1.1; proxy_set_header Host $http_host;
      proxy_set_header Connection ""; proxy_ignore_client_abort on; proxy_next_upstream off;
    }}
  }}
}}
"""


def nginx_binary():
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def exit_without_nginx():
    if not nginx_binary():
        print("skipped: nginx is not installed")
        sys.exit(77)


def numbers(argv, **defaults):
    """The values of --name N in argv, by name."""
    return {name: int(argv[argv.index("--" + name) + 1]) if "--" + name in argv else value
            for name, value in defaults.items()}


class Nginx:
    """A process, and its log as far as it was not read."""

    def __init__(self, test, origin, listen="", certificate=""):
        binary, self.path = nginx_binary(), test.path("nginx.sock")
        told = subprocess.run([binary, "-v"], capture_output=True, check=True).stderr
        self.version = re.search(rb"nginx/(\d+\.\d+)", told)[1]
        conf = test.write("nginx.conf", CONF.format(folder=test.folder, origin=origin, listen=listen,
                                                    certificate=certificate))
        process = subprocess.Popen([binary, "-p", test.folder, "-c", conf], stderr=subprocess.DEVNULL)
        test.addCleanup(process.wait)
        test.addCleanup(process.terminate)
        dt.wait_for(self.try_connect, "nginx to listen").close()
        self.log = open(test.path("error.log"), encoding="latin-1")  # pylint: disable=consider-using-with
        test.addCleanup(self.log.close)

    def try_connect(self):
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.connect(self.path)
            return sock
        except OSError:
            sock.close()
            return None

    def dial(self):
        return dt.wait_for(self.try_connect, "room in nginx's queue")

    def why(self, answer):
        """Why it refused the last message."""
        if b"502 Bad Gateway" in answer:
            return "the origin does not take what it forwards"
        found = re.findall(r"client (sent [a-zA-Z :\"-]*[a-zA-Z]|closed)", self.log.read())
        return found[-1].split(":")[0].strip() if found else "no reason"


def own_code(answer):
    """Of the last answer of our program, when that is a refusal."""
    found = re.findall(rb"\r\n\r\n(?:[45]\d\d [A-Za-z ]+: |\{\"error\":\{\"code\":\")([a-z0-9-]+)"
                       rb"(?:\n|\",[^\r\n]*\}\}\n?)$", answer)
    return found[0].decode() if found else "no answer"


def meaning(request):
    """What an application can see of a request, and both proxies must agree on. The order of fields with
    different names means nothing (RFC 9110 section 5.3)."""
    fields = [(name, value.lower() if name == "host" else value) for name, value in
              ((n.decode("latin-1").lower(), v) for n, v in request.fields) if name in COMPARED]
    return request.method, request.target, request.body, sorted(fields, key=lambda field: field[0])


class Side:
    """A proxy, its origin, how a client of it is made, and how it says why it refused."""

    def __init__(self, origin, connect, why):
        self.origin, self.connect, self.why = origin, connect, why

    def ask(self, data, end=True):
        """In: end  say that nothing follows. nginx may then forget what it has not read over TLS.

        Returns: what the origin got, and why no more."""
        before = len(self.origin.requests)
        peer = self.connect()
        try:
            peer.send(data + BEHIND)
            if end:
                peer.half_close()
            answer = peer.rest()
        except (ConnectionResetError, BrokenPipeError):
            answer = peer.data
        finally:
            peer.close()
        return [meaning(r) for r in self.origin.requests[before:]], self.why(answer)


def judge(ours, theirs):
    """The kind of a difference between what two asks returned: None when there is none."""
    (seen, code), (by_nginx, why) = ours, theirs
    if seen == by_nginx:
        return None
    if by_nginx[:len(seen)] == seen:
        return f"refused: {code}"
    if seen[:len(by_nginx)] == by_nginx:
        return f"nginx refuses: {why}"
    return "another meaning"


class Differences:
    """What was found, beside the part of the file that a test owns.

    The file: {"reasons": {kind: reason}, "common" and "rare": {part: [kinds]}}; common are those that
    the default seed finds.
    """

    def __init__(self, part, show=False):
        path = os.path.join(dt.source_dir(), "tests", "interop", "nginx-differences.json")
        with open(path, encoding="utf-8") as f:
            self.file = json.load(f)
        self.common, self.rare = (set(self.file[k].get(part, ())) for k in ("common", "rare"))
        self.show, self.found = show, {}

    def add(self, kind, *case):
        self.found.setdefault(kind, []).append(case)

    def check(self, test, nginx, what):
        """Every kind has its reason; with the default seed and count, none stands there that nothing needs."""
        for kind, cases in sorted(self.found.items()):
            if self.show:
                for case in cases[:4]:
                    print(kind, *case, sep="\n    ")
            with test.subTest(kind=kind, example=cases[0]):
                test.assertIn(kind, self.common | self.rare)
                test.assertIn(kind, self.file["reasons"])
        print(f"{what}, {sum(map(len, self.found.values()))} differences of {len(self.found)} kinds")
        if nginx.version == OWN_VERSION and not {"--seed", "--count", "--streams"} & set(sys.argv):
            test.assertEqual(set(), self.common - set(self.found), "kinds that nothing finds")
        used = {kind for k in ("common", "rare") for kinds in self.file[k].values() for kind in kinds}
        test.assertEqual(set(), set(self.file["reasons"]) - used, "reasons that nothing needs")
