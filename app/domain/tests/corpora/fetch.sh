#!/bin/sh
# Unpacks the corpora that are too big to commit. Usage: fetch.sh [DIRECTORY], by default .tools/corpora at the root.
set -eu
version=50.0.2
root=$(cd "$(dirname "$0")/../../../.." && pwd)
directory=${1:-"$root/.tools/corpora"}
mark="$directory/cryptography_vectors/.version-$version"
[ -e "$mark" ] && exit 0
mkdir -p "$directory"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$directory" "cryptography_vectors==$version"
rm -rf "$directory/cryptography_vectors"
(cd "$directory" && python3 -m zipfile -e "cryptography_vectors-$version-py3-none-any.whl" .)
rm "$directory/cryptography_vectors-$version-py3-none-any.whl"
touch "$mark"
