#!/usr/bin/env python3
"""Write files as C arrays: embed.py OUT.c HEADER NAME=FILE..."""
import sys

out, header, *items = sys.argv[1:]
lines = [f'#include "{header}"', ""]
for item in items:
    name, path = item.split("=", 1)
    with open(path, "rb") as f:
        data = f.read()
    rows = [", ".join(str(b) for b in data[i:i + 24]) for i in range(0, len(data), 24)]
    lines += [f"const uint8_t {name}[] = {{", "    " + ",\n    ".join(rows), "};",
              f"const size_t {name}_len = sizeof {name};", ""]
with open(out, "w", encoding="ascii") as f:
    f.write("\n".join(lines))
