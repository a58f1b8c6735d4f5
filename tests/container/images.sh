#!/bin/sh
# Build the images of docker/Dockerfile without an engine: buildah, on a base that debootstrap makes.
# Needs root and the network.
#
#   images.sh FOLDER [TARGET...]
#
# FOLDER keeps the base (one debootstrap for all runs), buildah's storage, and TARGET.tar for each
# target: an archive that `docker load` takes, named devproof/TARGET.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
folder=${1:?usage: images.sh FOLDER [TARGET...]}
shift
[ $# -gt 0 ] || set -- gateway client simulator sample-app
mkdir -p "$folder"
folder=$(CDPATH='' cd -- "$folder" && pwd)
suite=${SUITE:-bookworm}
base=localhost/debian:$suite-slim
export STORAGE_DRIVER=vfs
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}"

in_storage() {
    command=$1
    shift
    buildah --root "$folder/storage" --runroot "$folder/run" "$command" "$@"
}

if [ ! -f "$folder/base-$suite.tar" ]; then
    debootstrap --variant=minbase --include=ca-certificates "$suite" "$folder/base-$suite"
    tar -C "$folder/base-$suite" -cf "$folder/base-$suite.tar.new" .
    mv "$folder/base-$suite.tar.new" "$folder/base-$suite.tar"
    rm -rf "$folder/base-$suite"
fi
if ! in_storage inspect --type image "$base" >/dev/null 2>&1; then
    container=$(in_storage from scratch)
    in_storage add --quiet "$container" "$folder/base-$suite.tar" / >/dev/null
    in_storage commit --quiet --format oci --timestamp "$SOURCE_DATE_EPOCH" "$container" "$base" >/dev/null
    in_storage rm "$container" >/dev/null
fi

# chroot isolation with the host's network: package installation needs its resolver. The docker format
# would keep the health check but holds random names of build containers; the compose files have it.
for target in "$@"; do
    in_storage bud --quiet --format oci --isolation chroot --network host --layers \
        --timestamp "$SOURCE_DATE_EPOCH" --build-arg "BASE=$base" \
        --build-arg "REVISION=${REVISION:-$(git -C "$root" rev-parse HEAD)}" --target "$target" \
        --file "$root/docker/Dockerfile" --tag "devproof/$target" "$root" >&2
    rm -f "$folder/$target.tar"
    in_storage push --quiet "localhost/devproof/$target" \
        "docker-archive:$folder/$target.tar:devproof/$target:latest"
    echo "$target $(in_storage inspect --type image --format '{{.FromImageDigest}}' \
        "localhost/devproof/$target")"
done
