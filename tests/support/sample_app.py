#!/usr/bin/env python3
"""The app behind the gateway in demo, tests and compose file: Python standard library only.

  /              a small page
  /echo          method, target, header fields and body of the request as JSON
  /slow?ms=N     answers after N milliseconds
  /stream?n=N&ms=M   N server-sent events, M milliseconds apart, chunked
  /upload        counts the bytes of the body
  /bytes?n=N     N bytes of body
  /stats         what was received in total; asking for it does not count
"""
import argparse
import base64
import hashlib
import io
import json
import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PAGE = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>sample app</title></head>
<body><h1>It works</h1><p>This page comes from the sample app behind the gateway.</p></body></html>
"""
MAX_LINE = 65536


class CountingReader(io.RawIOBase):
    """Counts what arrives on a connection, whether or not it becomes a request."""

    def __init__(self, raw, count):
        super().__init__()
        self.raw, self.count = raw, count

    def readable(self):
        return True

    def readinto(self, buffer):
        n = self.raw.readinto(buffer)
        self.count(n or 0)
        return n

    def close(self):
        self.raw.close()
        super().close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sample-app"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.rfile.close()
        self.since_request = 0
        self.rfile = io.BufferedReader(
            CountingReader(self.connection.makefile("rb", buffering=0), self.received))

    def received(self, n):
        with self.server.lock:
            self.server.bytes += n
            self.since_request += n

    def log_message(self, format, *args):
        pass

    def body(self):
        """The parts of the request body, whatever its framing."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while True:
                size = int(self.rfile.readline(MAX_LINE).split(b";")[0], 16)
                if size == 0:
                    while self.rfile.readline(MAX_LINE).strip():
                        pass
                    return
                yield self.rfile.read(size)
                self.rfile.readline(MAX_LINE)
        left = int(self.headers.get("Content-Length", "0"))
        while left > 0:
            part = self.rfile.read(min(left, 65536))
            if not part:
                return
            left -= len(part)
            yield part

    def reply(self, body, kind="application/json", status=200):
        if not isinstance(body, bytes):
            body = (json.dumps(body) + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def echo(self, query):
        data = b"".join(self.body())
        self.reply({"method": self.command, "target": self.path, "headers": self.headers.items(),
                    "body": data.decode("utf-8", "replace"),
                    "body_base64": base64.b64encode(data).decode()})

    def slow(self, query):
        time.sleep(int(query.get("ms", ["100"])[0]) / 1000)
        self.reply({"slept": True})

    def stream(self, query):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for i in range(int(query.get("n", ["5"])[0])):
            if i:
                time.sleep(int(query.get("ms", ["50"])[0]) / 1000)
            self.chunk(b"id: %d\ndata: event %d\n\n" % (i, i))
        self.wfile.write(b"0\r\n\r\n")

    def upload(self, query):
        count, digest = 0, hashlib.sha256()
        for part in self.body():
            count += len(part)
            digest.update(part)
        self.reply({"bytes": count, "sha256": digest.hexdigest()})

    def bytes(self, query):
        self.reply(b"x" * int(query.get("n", ["0"])[0]), "application/octet-stream")

    def stats(self, query):
        with self.server.lock:
            self.server.bytes -= self.since_request
            self.server.requests -= 1
            seen = {"requests": self.server.requests, "bytes": self.server.bytes}
        self.reply(seen)

    def answer(self):
        with self.server.lock:
            self.server.requests += 1
        url = urlsplit(self.path)
        routes = {"/echo": self.echo, "/slow": self.slow, "/stream": self.stream,
                  "/upload": self.upload, "/bytes": self.bytes, "/stats": self.stats}
        if url.path == "/":
            self.reply(PAGE, "text/html; charset=utf-8")
        elif url.path in routes:
            routes[url.path](parse_qs(url.query))
        else:
            self.reply({"error": "not found"}, status=404)
        # What a route left of the body would be read as the next request.
        if url.path not in ("/echo", "/upload"):
            for _ in self.body():
                pass
        self.since_request = 0

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, address):
        super().__init__(address, Handler)
        self.lock = threading.Lock()
        self.bytes = self.requests = 0

    def handle_error(self, request, client_address):
        pass  # a peer that goes away is not an event


def write_ready(path, host, port):
    with open(path + ".part", "w", encoding="utf-8") as f:
        json.dump({"url": f"http://{host}:{port}", "host": host, "port": port,
                   "pid": os.getpid()}, f)
    os.replace(path + ".part", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3000, help="0 asks the kernel for one")
    parser.add_argument("--ready-file")
    args = parser.parse_args()
    server = Server((args.host, args.port))

    def stop(number, frame):
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if args.ready_file:
        write_ready(args.ready_file, args.host, server.server_address[1])
    print(f"listening on http://{args.host}:{server.server_address[1]}", flush=True)
    server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
