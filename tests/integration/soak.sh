#!/bin/sh
# Run the soak test for a while with the programs of a build folder: soak.sh BUILD SECONDS
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
build=$(CDPATH='' cd -- "$1" && pwd)
echo "== soak: $2 s, $(basename "$build")"
ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 PYTHONDONTWRITEBYTECODE=1 \
PYTHONPATH="$root/tests/support" DEVPROOF_SOURCE_DIR="$root" DEVPROOF_BUILD_DIR="$build" \
DEVPROOF_SOAK_SECONDS="$2" exec python3 "$root/tests/integration/test_soak.py"
