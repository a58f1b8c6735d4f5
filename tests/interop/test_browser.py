"""Chromium loads the app through the gateway, and a page of another origin reads the evidence.

There are no certificates of a CA yet, so the browser is told to trust the gateway's self-signed
certificate itself, in a profile of its own.
"""
import http.server
import html
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import threading
import unittest

import devproof_testing as dt
import gateway_testing as gt

NAME = "gw.example.test"
NONCE = "5a" * 32
TIMEOUT_S = 90
PAGE = """<!doctype html><title>other origin</title><pre id="out">nothing</pre><script>
(async () => {
  const out = {};
  for (const path of ["binding", "config", "session?nonce=%s"]) {
    try {
      const reply = await fetch("https://%s:%d/.well-known/devproof/" + path);
      out[path] = {status: reply.status, body: await reply.json()};
    } catch (e) { out[path] = {error: String(e)}; }
  }
  try {
    out.page = {text: await (await fetch("https://%s:%d/")).text()};
  } catch (e) { out.page = {error: String(e)}; }
  document.getElementById("out").textContent = JSON.stringify(out);
})();
</script>"""


class Page(http.server.BaseHTTPRequestHandler):
    text = ""

    def do_GET(self):  # pylint: disable=invalid-name
        body = self.text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Browser(gt.GatewayTestCase):
    def setUp(self):
        self.gateway = self.start_all({"listeners": [{"address": "127.0.0.1:0",
                                                      "names": [NAME]}]})
        self.home = self.path("home")
        os.makedirs(os.path.join(self.home, ".pki", "nssdb"))

    def trust(self):
        database = "sql:" + os.path.join(self.home, ".pki", "nssdb")
        leaf = self.write("leaf.pem", ssl.DER_cert_to_PEM_cert(self.leaf(self.gateway, NAME)))
        for argv in (["-N", "--empty-password"], ["-A", "-t", "P,,", "-n", "gateway", "-i", leaf]):
            subprocess.run(["certutil", "-d", database, *argv], check=True, timeout=TIMEOUT_S)

    def dump(self, url):
        """The document after its scripts ran."""
        done = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
             "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync",
             f"--user-data-dir={self.path('profile')}", "--timeout=60000",
             f"--host-resolver-rules=MAP {NAME} 127.0.0.1", "--virtual-time-budget=20000",
             "--dump-dom", url],
            env={"HOME": self.home, "PATH": os.environ["PATH"]}, capture_output=True, text=True,
            check=False, timeout=TIMEOUT_S)
        return done.stdout

    def serve_page(self):
        port = self.gateway.port
        handler = type("Handler", (Page,), {"text": PAGE % (NONCE, NAME, port, NAME, port)})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_address[1]}/"

    def test_the_app_is_an_ordinary_page(self):
        self.trust()
        heading = re.search(rb"<h1>.*?</h1>", dt.http_request(self.app.url + "/").body)[0].decode()
        self.assertIn(heading, self.dump(f"https://{NAME}:{self.gateway.port}/"))
        dt.wait_for(lambda: "\"status\":200" in self.gateway.output(), "a line of the access log")

    def test_without_trust_nothing_is_asked(self):
        self.dump(f"https://{NAME}:{self.gateway.port}/")
        self.gateway.stop()  # writes out what is left of its log
        self.assertNotIn("\"status\"", self.gateway.output())

    def test_a_page_of_another_origin_reads_evidence_and_nothing_else(self):
        self.trust()
        dom = self.dump(self.serve_page())
        out = json.loads(html.unescape(re.search(r'<pre id="out">(.*?)</pre>', dom, re.S)[1]))
        binding = self.ask(self.gateway, gt.WELL_KNOWN + "binding", server_name=NAME).json()
        self.assertEqual((200, binding["statement"]),
                         (out["binding"]["status"], out["binding"]["body"]["statement"]))
        self.assertEqual(200, out["config"]["status"])
        self.assertEqual(200, out[f"session?nonce={NONCE}"]["status"])
        self.assertIn("error", out["page"], "the app allows no other origin")


if __name__ == "__main__":
    for program in ("chromium", "certutil"):
        if shutil.which(program) is None:
            print(f"skipped: {program} is missing")
            sys.exit(77)
    unittest.main()
