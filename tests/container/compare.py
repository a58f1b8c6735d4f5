"""What differs between two trees, two programs, two image archives: a list of sentences, empty when
nothing does."""
import hashlib
import json
import os
import stat
import subprocess
import tarfile


def _sections(path):
    """{section: bytes} of an ELF file; None for any other file."""
    with open(path, "rb") as f:
        data = f.read()
    if data[:4] != b"\x7fELF":
        return None
    text = subprocess.run(["readelf", "-SW", path], capture_output=True, text=True, check=True).stdout
    out = {}
    for line in text.splitlines():
        parts = line.replace("[ ", "[").split()
        if len(parts) > 6 and parts[0].startswith("[") and parts[1].startswith("."):
            name, kind, at, size = parts[1], parts[2], int(parts[4], 16), int(parts[5], 16)
            out[name] = b"" if kind == "NOBITS" else data[at:at + size]
    return out


def _first(one, other):
    """Where two byte strings part, with a few bytes of each."""
    at = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    return f"at byte {at}: {one[at:at + 16].hex()} and {other[at:at + 16].hex()}"


def files(one, other, name):
    with open(one, "rb") as f, open(other, "rb") as g:
        a, b = f.read(), g.read()
    if a == b:
        return []
    ours, theirs = _sections(one), _sections(other)
    if ours is None or theirs is None:
        return [f"{name}: {len(a)} and {len(b)} bytes, {_first(a, b)}"]
    out = [f"{name}: section {s}: {_first(ours.get(s, b''), theirs.get(s, b''))}"
           for s in sorted(ours.keys() | theirs.keys()) if ours.get(s) != theirs.get(s)]
    return out or [f"{name}: outside every section, {_first(a, b)}"]


def _walk(folder):
    for base, folders, names in os.walk(folder):
        for name in folders + names:
            path = os.path.join(base, name)
            yield os.path.relpath(path, folder), path


def trees(one, other):
    ours, theirs = dict(_walk(one)), dict(_walk(other))
    out = [f"{name}: only in {one if name in ours else other}"
           for name in sorted(ours.keys() ^ theirs.keys())]
    for name in sorted(ours.keys() & theirs.keys()):
        a, b = os.lstat(ours[name]), os.lstat(theirs[name])
        if a.st_mode != b.st_mode:
            out.append(f"{name}: mode {stat.filemode(a.st_mode)} and {stat.filemode(b.st_mode)}")
        elif stat.S_ISLNK(a.st_mode):
            if os.readlink(ours[name]) != os.readlink(theirs[name]):
                out.append(f"{name}: another link")
        elif stat.S_ISREG(a.st_mode):
            out += files(ours[name], theirs[name], name)
    return out


def _flat(value, path=""):
    if isinstance(value, dict):
        for key in value:
            yield from _flat(value[key], f"{path}.{key}")
    else:
        yield path, json.dumps(value)


def _values(name, one, other):
    ours, theirs = dict(_flat(one)), dict(_flat(other))
    return [f"{name}{key}: {ours.get(key)} and {theirs.get(key)}"
            for key in sorted(ours.keys() | theirs.keys()) if ours.get(key) != theirs.get(key)]


def _layer(archive, name):
    """{path: facts} of one layer."""
    out = {}
    with tarfile.open(fileobj=archive.extractfile(name)) as layer:
        for m in layer:
            data = layer.extractfile(m).read() if m.isreg() else b""
            out[m.name] = {"mode": oct(m.mode), "owner": f"{m.uid}:{m.gid}", "mtime": m.mtime,
                           "type": m.type.decode(), "link": m.linkname, "size": m.size,
                           "sha256": hashlib.sha256(data).hexdigest()}
    return out


def images(one, other):
    """Two archives of `docker save`: configuration, number of layers, every file of every layer."""
    with tarfile.open(one) as a, tarfile.open(other) as b:
        ours, theirs = (json.load(t.extractfile("manifest.json"))[0] for t in (a, b))
        out = _values("configuration", json.load(a.extractfile(ours["Config"])),
                      json.load(b.extractfile(theirs["Config"])))
        if len(ours["Layers"]) != len(theirs["Layers"]):
            out.append(f"{len(ours['Layers'])} and {len(theirs['Layers'])} layers")
        for i, pair in enumerate(zip(ours["Layers"], theirs["Layers"])):
            if pair[0] != pair[1]:
                out += _values(f"layer {i}", _layer(a, pair[0]), _layer(b, pair[1]))
    return out
