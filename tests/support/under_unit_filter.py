#!/usr/bin/env python3
"""Become a program under the system call filter of a unit file: UNIT PROGRAM [ARGUMENT...]

The filter is made of SystemCallFilter= with the groups of the systemd that is installed: what is not
listed is EPERM, as SystemCallErrorNumber= of the unit says. For x86-64.
"""
import ctypes
import os
import re
import struct
import subprocess
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7fff0000, 0x00050000 | 1  # SECCOMP_RET_ERRNO with EPERM
NUMBERS = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"


def groups():
    """{@group: its lines} of the systemd that is installed."""
    text = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter"], capture_output=True,
                          text=True, check=True).stdout
    found, lines = {}, None
    for line in text.split("\n"):
        if line.startswith("@"):
            lines = found.setdefault(line.strip(), [])
        elif line.startswith("    ") and not line.strip().startswith("#"):
            lines.append(line.strip())
    return found


def names(unit):
    """The system calls that the unit allows; a group that this systemd does not know adds none."""
    known, listed = groups(), set()
    with open(unit, encoding="utf-8") as f:
        waiting = ["@default"] + " ".join(re.findall(r"(?m)^SystemCallFilter=(.*)$",
                                                     f.read())).split()
    while waiting:
        name = waiting.pop()
        if name.startswith("@"):
            waiting += known.get(name, [])
        else:
            listed.add(name)
    return listed


def numbers(listed):
    with open(NUMBERS, encoding="ascii") as f:
        defined = dict(re.findall(r"(?m)^#define __NR_(\w+) (\d+)$", f.read()))
    return sorted(int(defined[n]) for n in listed if n in defined)


def program(allowed):
    """Each number is compared in turn: the number is loaded from the start of seccomp_data."""
    code = [(LOAD, 0, 0, 0)]
    for number in allowed:
        code += [(JUMP_IF_EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("=HBBI", *one) for one in code + [(RETURN, 0, 0, REFUSE)])


def confine(code):
    class Program(ctypes.Structure):
        _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_char_p)]
    libc = ctypes.CDLL(None, use_errno=True)
    filter_ = Program(len(code) // 8, code)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or \
            libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(filter_), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot set the filter")


def main():
    unit, argv = sys.argv[1], sys.argv[2:]
    confine(program(numbers(names(unit))))
    os.execv(argv[0], argv)


if __name__ == "__main__":
    main()
