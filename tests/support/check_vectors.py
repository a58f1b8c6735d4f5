#!/usr/bin/env python3
"""Compute every vector of docs/wire-format.md anew, with nothing of ours: hashlib and integers."""
import hashlib
import hmac
import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = "docs/wire-format.md"

# P-256 (SEC 2) and Ed25519 (RFC 8032).
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
G = (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
     0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)
Q = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, Q) % Q
SPKI_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def tagged(tag, *fields):
    framed = b"".join(len(f).to_bytes(4, "big") + f for f in fields)
    return hashlib.sha512(tag.encode() + b"\0" + framed).digest()


def hkdf(ikm, salt, info, length):
    prk, out, block = hmac.digest(salt, ikm, "sha256"), b"", b""
    for i in range(1, 256):
        block = hmac.digest(prk, block + info + bytes([i]), "sha256")
        out += block
        if len(out) >= length:
            return out[:length]


def p256_add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    if a == b:
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def ed_add(a, b):
    t = D * a[0] * b[0] * a[1] * b[1] % Q
    return ((a[0] * b[1] + a[1] * b[0]) * pow(1 + t, -1, Q) % Q,
            (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, Q) % Q)


def multiply(add, k, point, zero):
    out = zero
    while k:
        if k & 1:
            out = add(out, point)
        point, k = add(point, point), k >> 1
    return out


def ed_base(k):
    y = 4 * pow(5, -1, Q) % Q
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, Q) % Q
    x = pow(x2, (Q + 3) // 8, Q)
    if x * x % Q != x2:
        x = x * pow(2, (Q - 1) // 4, Q) % Q
    x = Q - x if x & 1 else x
    point = multiply(ed_add, k, (x, y), (0, 1))
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def ed25519(seed, message):
    """The public key of a seed and its signature (RFC 8032 section 5.1.6)."""
    h = hashlib.sha512(seed).digest()
    a = int.from_bytes(h[:32], "little") & ((1 << 254) - 8) | 1 << 254

    def number(*parts):
        return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")
    public, r = ed_base(a), number(h[32:], message) % L
    big_r = ed_base(r)
    s = (r + number(big_r, public, message) * a) % L
    return public, big_r + s.to_bytes(32, "little")


def keys(v, out):
    out["tls_okm"] = hkdf(v["tls_k"], b"devproof/tls-key/v1", b"p256", 48)
    scalar = int.from_bytes(out["tls_okm"], "big") % (N - 1) + 1
    out["tls_scalar"] = scalar.to_bytes(32, "big")
    x, y = multiply(p256_add, scalar, G, None)
    out["tls_point"] = b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")
    out["tls_spki_sha256"] = sha256(SPKI_HEAD + out["tls_point"])


def tree(s, v, out):
    leaves = [sha256(b"\0", x) for x in (s, v, bytes(64))]
    out["leaf_s"], out["leaf_v"], out["leaf_z"] = leaves
    out["root_2"] = sha256(b"\1", leaves[0], leaves[1])
    out["root_3"] = sha256(b"\1", out["root_2"], leaves[2])
    for n, root in ((1, leaves[0]), (2, out["root_2"]), (3, out["root_3"])):
        out[f"batch_{n}"] = tagged("devproof/batch/v1", root, n.to_bytes(4, "big"))


def compute(v, statement):
    out = {"spki_sha256": sha256(v["spki"]), "statement_sha256": sha256(statement)}
    keys(v, out)
    h = out["statement_sha256"]
    out["statement_report_data"] = tagged("devproof/binding/v1", h, b"")
    claims = b"\xa1\x6bpubkey-hash\x58\x24\x82\x01\x58\x20" + v["spki_sha256"]
    out["dice_claims"] = claims
    out["dice_report_data"] = sha256(claims) + bytes(32)
    out["ratls_report_data"] = hashlib.sha512(b"ratls-cert:" + v["spki"]).digest()

    def session(name):
        return tagged("devproof/session/v1", h, v["nonce"], v["exporter"], out["spki_sha256"],
                      v["leaf_sha256"], b"S", name)
    out["session_value"] = session(v["server_name"])
    out["session_value_without_name"] = session(b"")
    out["session_public"], out["session_signature"] = ed25519(v["session_seed"],
                                                              out["session_value"])
    out["binding_value"] = tagged("devproof/binding/v1", h, v["nonce"])
    tree(out["session_value"], out["binding_value"], out)
    out["event_digest"] = hashlib.sha384(
        (0x08000001).to_bytes(4, "little") + b":compose-hash:" + b"\x11" * 32).digest()
    out["event_digest_v2"] = hashlib.sha384(json.dumps(
        {"name": "compose-hash", "payload": "11" * 32, "type": 0x08000001},
        separators=(",", ":")).encode()).digest()
    return out


def read(text):
    vectors = {}
    for block in re.findall(r"```vectors\n(.*?)```", text, re.S):
        for line in block.splitlines():
            name, value = line.split(" = ")
            vectors[name] = value
    statement = re.search(r"```statement\n(.*?)\n```", text, re.S)[1].encode()
    return vectors, statement


def check(bad):
    """Append what is wrong to bad. Returns: how many vectors were computed."""
    with open(os.path.join(ROOT, PAGE), encoding="utf-8") as f:
        vectors, statement = read(f.read())
    given = {k: bytes.fromhex(x) for k, x in vectors.items()
             if k not in ("server_name", "statement_bytes")}
    given["server_name"] = vectors["server_name"].encode()
    if int(vectors["statement_bytes"]) != len(statement):
        bad.append(f"{PAGE}: the statement has {len(statement)} bytes")
    computed = compute(given, statement)
    for name, value in computed.items():
        if given.get(name) != value:
            bad.append(f"{PAGE}: {name} is {value.hex()}")
    inputs = {"spki", "nonce", "exporter", "leaf_sha256", "server_name", "tls_k", "session_seed"}
    for name in set(given) - set(computed) - inputs:
        bad.append(f"{PAGE}: nobody computes {name}")
    return len(computed)


if __name__ == "__main__":
    problems = []
    count = check(problems)
    print("\n".join(problems + [f"vectors: {count} computed, {len(problems)} wrong"]))
    sys.exit(1 if problems else 0)
