#!/bin/sh
# Fuzz all targets for so many seconds in all, so many at once: run.sh BUILD SECONDS [JOBS]
# New inputs go to BUILD/corpus; a crash fails, and its input lies in BUILD/crashes.
set -eu
build=$1
jobs=${3:-1}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
targets=$(find "$build/tests/fuzz" -maxdepth 1 -type f -perm -u+x -name 'fuzz_*' | sort)
[ -n "$targets" ] || { echo "no fuzz targets in $build" >&2; exit 1; }
each=$(($2 * jobs / $(echo "$targets" | wc -l)))
[ "$each" -gt 0 ] || each=1
mkdir -p "$build/crashes"
export build root each
echo "$targets" | xargs -P "$jobs" -I TARGET sh -eu -c '
    name=$(basename "TARGET" | sed "s/^fuzz_//")
    mkdir -p "$build/corpus/$name"
    log=$build/corpus/$name.log
    if "TARGET" -max_total_time="$each" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -verbosity=0 -artifact_prefix="$build/crashes/$name-" \
        "$build/corpus/$name" "$root/tests/fuzz/corpus/$name" >"$log" 2>&1; then
        echo "$name: $each s, $(sed -n "s/^stat::number_of_executed_units: *//p" "$log") inputs"
    else
        cat "$log"
        exit 255 # xargs starts no more
    fi'
