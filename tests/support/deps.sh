#!/bin/sh
# Install what sections of docker/packages.txt name and this machine lacks.
#
#   deps.sh [--check] SECTION...
#
# --check only says whether something is missing (exit 1). Without it, packages are installed as
# root or with a password-free sudo; otherwise the one command to type is printed.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
check=false
if [ "${1:-}" = --check ]; then
    check=true
    shift
fi

packages() {
    awk -v want=" $* " '
        /^#/ || NF == 0 { next }
        /^\[/ { on = index(want, " " substr($1, 2, length($1) - 2) " ") > 0; next }
        on { print $1, $2 }' "$root/docker/packages.txt"
}

# Lines that nothing on this machine satisfies: a package, or alternatives as one|other.
missing=$(packages "$@" | while read -r package command; do
    if [ -n "$command" ] && command -v "$command" >/dev/null 2>&1; then
        continue
    fi
    dpkg-query -W -f '${db:Status-Abbrev}\n' $(echo "$package" | tr '|' ' ') 2>/dev/null |
        grep -q '^ii' && continue
    printf ' %s' "$package"
done)

# Each line as one package: of alternatives the first that the release has.
chosen() {
    for line in $missing; do
        for package in $(echo "$line" | tr '|' ' '); do
            [ "$package" = "$line" ] || apt-cache show "$package" >/dev/null 2>&1 || continue
            printf ' %s' "$package"
            break
        done
    done
}

npm_missing=false
python_missing=false
case " $* " in
*" test "*)
    interop="$root/tests/interop"
    if [ -f "$interop/package-lock.json" ] && [ ! -f "$interop/node_modules/.package-lock.json" ]; then
        npm_missing=true
    fi
    if ! cmp -s "$interop/requirements.txt" "$interop/venv/requirements.txt"; then
        python_missing=true
    fi
    ;;
esac

if [ -z "$missing" ] && [ "$npm_missing" = false ] && [ "$python_missing" = false ]; then
    exit 0
fi
[ "$check" = false ] || exit 1

if [ -n "$missing" ]; then
    install="apt-get -o DPkg::Lock::Timeout=500 install -y --no-install-recommends"
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root='sudo -n'
    else
        echo "Packages are missing. As root, type:" >&2
        echo "  apt-get update && $install$(chosen)" >&2
        exit 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    $as_root apt-get -o DPkg::Lock::Timeout=500 update -qq
    $as_root $install$(chosen)
fi
if [ "$npm_missing" = true ]; then
    (cd "$root/tests/interop" && npm ci --ignore-scripts --no-audit --no-fund)
fi
if [ "$python_missing" = true ]; then
    rm -rf "$root/tests/interop/venv"
    python3 -m venv "$root/tests/interop/venv"
    "$root/tests/interop/venv/bin/pip" install --quiet --disable-pip-version-check \
        -r "$root/tests/interop/requirements.txt"
    cp "$root/tests/interop/requirements.txt" "$root/tests/interop/venv/"
fi
