"""Far sides that are not what they claim: for the demo and the tests of the client.

Each terminates TLS by itself and counts what reaches it: every request that is not one for
evidence is application data, and its bytes are counted.
"""
import hashlib
import hmac
import os
import select
import socket
import ssl
import subprocess
import threading
import time

from devproof_testing import at_once, insecure_context, tls_connect, unix_request

WELL_KNOWN = b"/.well-known/devproof/"
P256_N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
OID_QUOTE = bytes.fromhex("060a2b0601040183e73d0101")
OID_EVENT_LOG = bytes.fromhex("060a2b0601040183e73d0102")


def fetch_leaf(host, port, name):
    """The certificate that a server presents, DER."""
    with tls_connect(host, port, name) as s:
        return s.getpeercert(binary_form=True)


def der_length(data, at):
    """(length, offset of the content) of the DER element whose length octets begin at `at`."""
    first = data[at]
    if first < 0x80:
        return first, at + 1
    n = first & 0x7f
    return int.from_bytes(data[at + 1:at + 1 + n], "big"), at + 1 + n


def extension_value(leaf, oid):
    """The content of extnValue of an extension whose OID stands once in the certificate."""
    at = leaf.index(oid) + len(oid)
    assert leaf[at] == 0x04, "an OCTET STRING follows a non-critical OID"
    length, start = der_length(leaf, at + 1)
    return leaf[start:start + length]


def forge_certificate(folder, name, leaf):
    """A key of our own and a certificate for it with the genuine one's extensions."""
    key, cert = os.path.join(folder, "forged.key"), os.path.join(folder, "forged.crt")
    conf = os.path.join(folder, "forged.conf")
    with open(conf, "w", encoding="ascii") as f:
        f.write("[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n"
                f"[dn]\nCN={name}\n[ext]\nsubjectAltName=DNS:{name}\n"
                "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n")
        for oid, der in (("1", OID_QUOTE), ("2", OID_EVENT_LOG)):
            f.write(f"1.3.6.1.4.1.62397.1.{oid}=DER:{extension_value(leaf, der).hex()}\n")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-config", conf,
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


def steal_key(folder, agent_socket, leaf, label="default", epoch=1):
    """The TLS key as any release that was ever allowed can derive it, and the genuine leaf."""
    reply = unix_request(agent_socket, "POST", "/GetKey",
                         {"path": f"devproof/tls/v1/{label}/{epoch}", "purpose": "tls"}).json()
    prk = hmac.digest(b"devproof/tls-key/v1", bytes.fromhex(reply["key"]), hashlib.sha256)
    okm, block = b"", b""
    for counter in (1, 2):
        block = hmac.digest(prk, block + b"p256" + bytes([counter]), hashlib.sha256)
        okm += block
    scalar = int.from_bytes(okm[:48], "big") % (P256_N - 1) + 1
    body = (bytes.fromhex("020101") + b"\x04\x20" + scalar.to_bytes(32, "big") +
            bytes.fromhex("a00a06082a8648ce3d030107"))
    der = os.path.join(folder, "stolen.der")
    key, cert = os.path.join(folder, "stolen.key"), os.path.join(folder, "stolen.crt")
    with open(der, "wb") as f:
        f.write(b"\x30" + bytes([len(body)]) + body)
    subprocess.run(["openssl", "ec", "-inform", "DER", "-in", der, "-out", key], check=True,
                   capture_output=True)
    with open(cert, "w", encoding="ascii") as f:
        f.write(ssl.DER_cert_to_PEM_cert(leaf))
    return cert, key


class TlsPeer:
    """A TLS 1.3 server in threads. Subclasses answer one connection at a time in serve()."""

    def __init__(self, cert, key, alpn="http/1.1"):
        self.alpn = alpn
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.set_alpn_protocols([alpn])
        self.context.load_cert_chain(cert, key)
        self.application_bytes = self.requests = 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            at_once(raw)
            threading.Thread(target=self._connection, args=(raw,), daemon=True).start()

    def _connection(self, raw):
        try:
            raw.settimeout(30)
            with self.context.wrap_socket(raw, server_side=True) as s:
                self.serve(s)
        except (OSError, ssl.SSLError):
            pass

    def count(self, data):
        """Count what is no evidence request; bodies and later bytes count too."""
        line = data.split(b"\r\n", 1)[0].split(b" ")
        with self.lock:
            self.requests += 1
        if len(line) < 2 or not line[1].startswith(WELL_KNOWN):
            with self.lock:
                self.application_bytes += len(data)

    def serve(self, s):
        raise NotImplementedError


class ReplayServer(TlsPeer):
    """Its own key, a certificate with the genuine extensions, and the genuine binding replayed."""

    def __init__(self, cert, key, binding):
        self.binding = binding
        super().__init__(cert, key)

    def serve(self, s):
        while True:
            data = s.recv(65536)
            if not data:
                return
            self.count(data)
            s.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                      + str(len(self.binding)).encode() + b"\r\n\r\n" + self.binding)


def answer(body, before=b""):
    """A well-formed answer to an evidence request."""
    return (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + before +
            b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body)


class Scripted(TlsPeer):
    """Sends the same for every request: each item is a record of its own, all in one segment."""

    def __init__(self, cert, key, records, pause_s=0):
        self.records, self.pause_s = records, pause_s
        super().__init__(cert, key)

    def serve(self, s):
        while True:
            data = s.recv(65536)
            if not data:
                return
            self.count(data)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0 if self.pause_s else 1)
            for record in self.records:
                s.sendall(record)
                time.sleep(self.pause_s)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)


class KeyRelay(TlsPeer):
    """It holds the genuine key and certificate, and passes everything on to the genuine server."""

    def __init__(self, cert, key, target, name, alpn="http/1.1"):
        self.target, self.name = target, name
        super().__init__(cert, key, alpn)

    def serve(self, s):
        with tls_connect(*self.target, self.name, context=insecure_context([self.alpn])) as up:
            # One thread for both: a TLS socket of Python is not for two.
            while True:
                ready = [x for x in (s, up) if x.pending()] or select.select([s, up], [], [], 30)[0]
                if not ready:
                    return
                for source in ready:
                    data = self.read_now(source)
                    if data is None:
                        continue
                    if not data:
                        return
                    if source is s:
                        self.count(data)
                    (up if source is s else s).sendall(data)

    @staticmethod
    def read_now(sock):
        """None: what came was no application data, a session ticket perhaps."""
        timeout = sock.gettimeout()
        sock.settimeout(0)
        try:
            return sock.recv(65536)
        except ssl.SSLWantReadError:
            return None
        finally:
            sock.settimeout(timeout)
