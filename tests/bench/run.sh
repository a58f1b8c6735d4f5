#!/bin/sh
# Beside nginx and haproxy: run.sh BUILD [ROUNDS] [SCENARIOS] [SECONDS]. BUILD is a release build.
# The gateway runs as shipped, with its RA-TLS certificate; access log off as in the peers' files.
set -eu
build=$(CDPATH='' cd -- "$1" && pwd)
rounds=${2:-5}
scenarios=${3:-h1,h2,full,resume,down,up,idle}
seconds=${4:-5}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
run=$(mktemp -d)
cleanup() {
    [ -z "${simulator:-}" ] || kill "$simulator" 2>/dev/null || true
    rm -rf "$run"
}
trap cleanup EXIT INT TERM

taskset -c 1 "$build/tests/simulator/dstack-simulator" --socket "$run/agent.sock" \
    --ready-file "$run/ready" 2>"$run/simulator.log" &
simulator=$!
while [ ! -e "$run/ready" ]; do
    kill -0 "$simulator" || { cat "$run/simulator.log"; exit 1; }
done
sed "s|@AGENT@|$run/agent.sock|" "$here/gateway.json.in" >"$run/gateway.json.in"
{
    printf 'nginx\tnginx -p @RUN@ -c @RUN@/nginx.conf\th1,h2,full,resume,down,up,idle,lat\n'
    printf 'haproxy\thaproxy -db -f @RUN@/haproxy.cfg\th1,h2,full,resume,down,up,idle,lat\n'
    printf 'gateway\t%s --config @RUN@/gateway.json\th1,h2,full,resume,down,up,idle,lat\n' \
        "$build/gateway/devproof-gateway"
} >"$run/peers.tsv"
python3 "$here/suite/suite.py" --peers nginx,haproxy,gateway --peers-file "$run/peers.tsv" \
    --conf "$run/gateway.json.in" --rounds "$rounds" --seconds "$seconds" --scenarios "$scenarios" \
    --out "$run/results.jsonl"
