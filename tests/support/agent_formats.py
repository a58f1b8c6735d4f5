"""Readers of dstack's attestations and app information, written from the format alone."""
import struct


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise ValueError("too short")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def end(self):
        if self.at != len(self.data):
            raise ValueError("bytes are left")


def compact(reader):
    first = reader.take(1)[0]
    size = (1, 2, 4)[first & 3]
    return int.from_bytes(bytes([first]) + reader.take(size - 1), "little") >> 2


def vector(reader):
    return reader.take(compact(reader))


def read_scale(data):
    """Version 0, of a TDX guest."""
    r = Reader(data)
    if r.take(2) != b"\0\0":
        raise ValueError("no TDX attestation of version 0")
    out = {"quote": vector(r), "event_log": [], "runtime_events": []}
    for _ in range(compact(r)):
        imr, kind = r.number("<I"), r.number("<I")
        out["event_log"].append({"imr": imr, "event_type": kind, "digest": vector(r),
                                 "event": vector(r).decode(), "event_payload": vector(r)})
    for _ in range(compact(r)):
        out["runtime_events"].append({"event": vector(r).decode(), "payload": vector(r)})
    out["report_data"] = r.take(64)
    out["config"] = vector(r).decode()
    r.end()
    return out


def value(r):
    """One MessagePack value of the forms that dstack uses."""
    first = r.take(1)[0]
    if first < 0x80:
        return first
    if first < 0x90 or first == 0xde:
        count = first & 15 if first < 0x90 else r.number(">H")
        return {value(r): value(r) for _ in range(count)}
    if first < 0xa0 or first in (0xdc, 0xdd):
        count = first & 15 if first < 0xa0 else r.number({0xdc: ">H", 0xdd: ">I"}[first])
        return [value(r) for _ in range(count)]
    if first < 0xc0:
        return r.take(first & 31).decode()
    forms = {0xc4: ">B", 0xc5: ">H", 0xc6: ">I", 0xd9: ">B", 0xda: ">H", 0xdb: ">I",
             0xcc: ">B", 0xcd: ">H", 0xce: ">I"}
    if first == 0xc0:
        return None
    number = r.number(forms[first])
    if first in (0xcc, 0xcd, 0xce):
        return number
    return r.take(number) if first < 0xd0 else r.take(number).decode()


def read_msgpack(data):
    r = Reader(data)
    out = value(r)
    r.end()
    return out


def read_attestation(data):
    """Either version, in the shape of version 0."""
    if data[0] == 0:
        return read_scale(data)
    tree = read_msgpack(data)
    if (list(tree) != ["version", "platform", "stack"] or tree["version"] != 1 or
            tree["platform"]["kind"] != "tdx" or tree["stack"]["kind"] != "dstack"):
        raise ValueError("no TDX attestation of version 1")
    out = dict(tree["platform"]["data"], **tree["stack"]["data"])
    out["quote"], out["report_data"] = bytes(out["quote"]), bytes(out["report_data"])
    return out


def as_json(event):
    """An event of an attestation as it stands in the JSON of a log."""
    return {k: v.hex() if isinstance(v, bytes) else v for k, v in event.items()}
