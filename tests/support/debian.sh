#!/bin/sh
# Build and test in a fresh installation of another Debian release, in a chroot made from the
# distribution. Needs root, debootstrap and the network.
#
#   debian.sh SUITE [MAKE-ARGUMENT...]        e.g. debian.sh trixie test
#
# The chroot stays below build/debian/SUITE and is used again; remove it for a fresh one.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
suite=${1:?usage: debian.sh SUITE [MAKE-ARGUMENT...]}
shift
[ $# -gt 0 ] || set -- test
jail=${DEBIAN_ROOT:-$root/build/debian}/$suite

[ "$(id -u)" = 0 ] || { echo "debian.sh: needs root for a chroot" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "debian.sh: debootstrap is missing" >&2; exit 1; }

if [ ! -f "$jail/ready" ]; then
    rm -rf "$jail"
    mkdir -p "$jail"
    debootstrap --variant=minbase --include=ca-certificates,make "$suite" "$jail"
    touch "$jail/ready"
fi
cp /etc/resolv.conf "$jail/etc/resolv.conf"
cp /etc/hosts "$jail/etc/hosts"
cp /etc/ssl/certs/ca-certificates.crt "$jail/etc/ssl/authorities-of-the-host.crt"

# The tree as it is here, without what git ignores. Build folders of the chroot stay, but all files are
# new to them: another checkout may hold older ones with other contents.
mkdir -p "$jail/src"
find "$jail/src" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
git -C "$root" ls-files -coz --exclude-standard | tar -C "$root" --null -T - -cf - |
    tar -C "$jail/src" -xmf -
git -C "$jail/src" init -q # tests ask git which files there are

# Mounts live in a namespace of their own and end with it.
exec unshare --mount --propagation private sh -c '
    jail=$1
    shift
    mount -t proc proc "$jail/proc"
    mount --rbind /sys "$jail/sys"
    mount --rbind /dev "$jail/dev"
    mount -t tmpfs tmpfs "$jail/tmp"
    exec chroot "$jail" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root LANG=C.UTF-8 CI="${CI:-}" \
        NODE_EXTRA_CA_CERTS=/etc/ssl/authorities-of-the-host.crt \
        PIP_CERT=/etc/ssl/authorities-of-the-host.crt make -C /src "$@"
' sh "$jail" "$@"
