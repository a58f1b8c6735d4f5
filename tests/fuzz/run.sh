#!/bin/sh
# Fuzz every target for a while: run.sh BUILD SECONDS. New inputs go to BUILD/corpus; a crash fails.
set -eu
build=$1
seconds=$2
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
for target in "$build"/tests/fuzz/fuzz_*; do
    [ -x "$target" ] || continue
    name=$(basename "$target" | sed 's/^fuzz_//')
    mkdir -p "$build/corpus/$name" "$build/crashes"
    echo "== $name: $seconds s"
    "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -verbosity=0 -artifact_prefix="$build/crashes/$name-" \
        "$build/corpus/$name" "$root/tests/fuzz/corpus/$name"
done
