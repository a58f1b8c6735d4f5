"""A wall clock that a test moves while the programs that look at it run."""
import mmap
import os
import struct
import time

import devproof_testing as dt

LIBRARY = "tests/libclock_shift.so"


def preloaded(library):
    """An environment for programs that load a library of the build first."""
    # Sanitizers want to be loaded first, but work behind a library without their code as well.
    options = os.environ.get("ASAN_OPTIONS", "")
    return {**os.environ, "LD_PRELOAD": dt.built(library),
            "ASAN_OPTIONS": f"{options}:verify_asan_link_order=0".strip(":")}


class ShiftedClock:
    """Give env to the programs that are to live in it; other programs keep the machine's clock."""

    def __init__(self, path):
        with open(path, "wb") as f:
            f.write(bytes(8))
        self.file = open(path, "r+b")
        self.memory = mmap.mmap(self.file.fileno(), 8)
        self.env = {**preloaded(LIBRARY), "DEVPROOF_CLOCK_FILE": path}
        self.offset = 0

    def set(self, seconds):
        """From now on the clock is this much ahead of the machine's."""
        self.offset = seconds
        self.memory[:8] = struct.pack("=q", seconds)

    def add(self, seconds):
        self.set(self.offset + seconds)

    def now(self):
        return time.time() + self.offset

    def close(self):
        self.memory.close()
        self.file.close()


def long_ago(test):
    """An environment where it is a year earlier, until the test ends."""
    clock = ShiftedClock(test.path("clock"))
    test.addCleanup(clock.close)
    clock.add(-365 * 86400)
    return clock.env
