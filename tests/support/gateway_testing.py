"""What the gateway's integration tests share: a gateway with simulator and app, requests, DER."""
import hashlib
import http.client
import json
import re
import ssl
import struct

import devproof_testing as dt
from exposition import Metrics

WELL_KNOWN = "/.well-known/devproof/"
QUOTE_OID = bytes.fromhex("060a2b0601040183e73d0101")
EVENT_LOG_OID = bytes.fromhex("060a2b0601040183e73d0102")


def merge(base, more):
    """base with the members of more, objects merged."""
    out = dict(base)
    for key, value in more.items():
        old = out.get(key)
        out[key] = merge(old, value) if isinstance(value, dict) and isinstance(old, dict) else value
    return out


class Client(http.client.HTTPSConnection):
    """One TLS connection to a gateway, kept open."""

    def __init__(self, port, server_name=None, context=None, session=None):
        self.server_name, self.session = server_name, session
        self.tls = context or dt.insecure_context()
        # Without a context it would load the authorities of the system, which takes 50 ms.
        super().__init__("127.0.0.1", port, timeout=dt.DEADLINE_S, context=self.tls)

    def connect(self):
        raw = dt.tcp_connect(self.host, self.port, self.timeout)
        self.sock = self.tls.wrap_socket(raw, server_hostname=self.server_name,
                                         session=self.session)

    def ask(self, path, method="GET", body=None, headers=None):
        return dt.exchange(self, method, path, body, headers)


class GatewayTestCase(dt.TestCase):
    def write_gateway_config(self, config, simulator, app, name):
        """The file of a gateway in front of the app; config is merged over the defaults of a test."""
        base = {
            "listeners": [{"address": "127.0.0.1:0"}],
            "admin": {"address": "127.0.0.1:0"},
            "evidence": {"collateral_url": simulator.pccs if simulator else ""},
            "upstreams": {"app": {"servers": [f"127.0.0.1:{app.port if app else 9}"]}},
        }
        if simulator:
            base["insecure_agent_endpoint"] = simulator.socket
        return self.write(name, json.dumps(merge(base, config or {})))

    def start_gateway(self, config=None, simulator=None, app=None, ready=True, name=None,
                      env=None, stdout=None, options=()):
        """A gateway with such a configuration, and further options of its command line."""
        file = self.write_gateway_config(config, simulator, app,
                                         f"{name or 'gateway'}-{len(self.programs)}.json")
        program = self.start([dt.built("devproof-gateway"), "--config", file, *options], name=name,
                             ready=ready, env=env, stdout=stdout)
        program.config_file = file
        if ready:
            self.learn_addresses(program)
        return program

    def learn_addresses(self, program):
        program.ports = [dt.split_address(a)[1] for a in program.ready["listeners"]]
        program.port = program.ports[0]
        program.admin = f"http://{program.ready['admin']}"

    def start_all(self, config=None, *simulator_options):
        """Simulator, app and gateway; returns the gateway."""
        self.simulator = self.start_simulator(*simulator_options)
        self.app = self.start_sample_app()
        return self.start_gateway(config, self.simulator, self.app)

    def wait_admin(self, program):
        """The admin address of a gateway that is not ready yet, as its log tells it."""
        address = dt.wait_for(lambda: re.search(r"(?m) admin address=(\S+)$", program.log()),
                              "the admin listener")[1]
        program.admin = f"http://{address}"
        return address

    def ask(self, gateway, path, method="GET", body=None, headers=None, server_name=None,
            listener=0):
        """One request on a connection of its own."""
        client = Client(gateway.ports[listener], server_name)
        try:
            return client.ask(path, method, body, headers)
        finally:
            client.close()

    def raw(self, gateway, data, server_name=None):
        """Send bytes over TLS, return everything until the end."""
        with dt.tls_connect("127.0.0.1", gateway.port, server_name) as sock:
            sock.sendall(data)
            return dt.receive_all(sock)

    def leaf(self, gateway, server_name=None):
        """The DER certificate that a connection gets."""
        with dt.tls_connect("127.0.0.1", gateway.port, server_name) as sock:
            return sock.getpeercert(binary_form=True)

    def readiness(self, gateway):
        reply = dt.http_request(gateway.admin + "/readyz")
        return reply.status, reply.json()

    def metrics(self, gateway):
        return Metrics(dt.http_request(gateway.admin + "/metrics").body.decode())

    def assert_error(self, reply, status, code):
        self.assertEqual((status, code), (reply.status, reply.json()["error"]["code"]))
        self.assertEqual("application/json", reply.headers["Content-Type"])

    def log_events(self, program, event):
        """The lines of one event in the diagnostics of a program (text form)."""
        return [line for line in program.log().splitlines() if f" {event} " in line + " "]


def preimage(tag, *fields):
    """T(tag, fields) of binding.md."""
    framed = b"".join(struct.pack(">I", len(f)) + f for f in fields)
    return hashlib.sha512(tag.encode() + b"\0" + framed).digest()


def der(data):
    """The elements of a DER byte string as (tag, contents, whole element)."""
    at = 0
    while at < len(data):
        start, tag, length = at, data[at], data[at + 1]
        at += 2
        if length & 0x80:
            n = length & 0x7f
            length = int.from_bytes(data[at:at + n], "big")
            at += n
        yield tag, data[at:at + length], data[start:at + length]
        at += length


def to_be_signed(leaf):
    """The parts of a certificate's TBSCertificate."""
    return list(der(list(der(next(der(leaf))[1]))[0][1]))


def certificate_extensions(leaf):
    """{OID element: value of the extension}."""
    extensions = {}
    for _, extension, _ in der(next(der(to_be_signed(leaf)[7][1]))[1]):
        parts = list(der(extension))
        extensions[parts[0][2]] = parts[-1][1]
    return extensions


def certificate_parts(leaf):
    """(SubjectPublicKeyInfo, {OID element: value of the extension}, not_before, not_after)."""
    tbs = to_be_signed(leaf)
    extensions = certificate_extensions(leaf)
    validity = [ssl.cert_time_to_seconds(asn1_time(v)) for _, v, _ in der(tbs[4][1])]
    return tbs[6][2], extensions, validity[0], validity[1]


def asn1_time(value):
    """UTCTime as the text that ssl.cert_time_to_seconds takes."""
    text = value.decode()
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    return (f"{months[int(text[2:4]) - 1]} {int(text[4:6]):2} {text[6:8]}:{text[8:10]}:"
            f"{text[10:12]} 20{text[0:2]} GMT")


def octets(value):
    """The contents of one OCTET STRING."""
    (tag, contents, _), = der(value)
    assert tag == 4
    return contents


def replay(events):
    """RTMR3 from names and payloads alone."""
    register = bytes(48)
    for event in events:
        if event["imr"] == 3:
            payload = bytes.fromhex(event["event_payload"])
            digest = hashlib.sha384(struct.pack("<I", event["event_type"]) + b":" +
                                    event["event"].encode() + b":" + payload).digest()
            register = hashlib.sha384(register + digest).digest()
    return register


def tree_root(leaf, index, size, path):
    """The root that a path leads to (RFC 9162 section 2.1.3.2); None for a path that does not fit."""
    fn, sn, node = index, size - 1, leaf
    for sibling in path:
        if sn == 0:
            return None
        if fn % 2 or fn == sn:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while fn % 2 == 0 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        fn, sn = fn >> 1, sn >> 1
    return node if sn == 0 else None


def batch_report_data(value, proof):
    """What a quote over the tree of a proof must commit to (binding.md 5)."""
    leaf = hashlib.sha256(b"\x00" + value).digest()
    root = tree_root(leaf, proof["index"], proof["size"], [bytes.fromhex(n) for n in proof["path"]])
    return preimage("devproof/batch/v1", root, struct.pack(">I", proof["size"]))


def quote_report_data(quote):
    return quote[568:632]


def quote_rtmr3(quote):
    return quote[48 + 472:48 + 520]
