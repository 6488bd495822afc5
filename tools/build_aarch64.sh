#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/build_aarch64.sh - cross-builds for aarch64 where that can be done, or writes down why not
#
#     tools/build_aarch64.sh [BUILD_DIR]      then: meson test -C BUILD_DIR --suite unit
#     tools/build_aarch64.sh BUILD_DIR root [PACKAGE...]
#                                             the libraries and BUILD_DIR/root.ini alone, for who builds with them; and
#                                             packages with all that they depend on, for who runs programs of theirs
#
# The arm64 libraries are unpacked into BUILD_DIR/root by an apt-get with a state of its own: no architecture is
# added to this system, nothing is installed, and no root is asked for. What cannot be had is no error: the
# reason stands in BUILD_DIR/skipped, which tests/run_all.py reads. A build that fails is one.
set -u

build=${1:-build-aarch64}
only_root=${2:-}
if [ $# -gt 2 ]; then
    shift 2
    programs=$*
else
    programs=""
fi
tools=$(cd "$(dirname "$0")" && pwd) || exit 1
mkdir -p "$build" && build=$(cd "$build" && pwd) || exit 1
root=$build/root
log=$build/fetch.log
# zlib: what SQLite wants where it is linked statically (build_tarball.sh).
packages="libc6 libgcc-s1 libsqlite3-0 libsqlite3-dev libyaml-0-2 libyaml-dev libcmocka0 libcmocka-dev zlib1g zlib1g-dev"

skip()
{
    rm -rf "$root.new"
    echo "aarch64: $1" | tee "$build/skipped"
    exit 0
}

# An apt of another architecture: the system's sources and keys, everything else below $1.
foreign_apt()
{
    state=$1
    shift
    apt-get -qq -o Acquire::Retries=3 -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Sandbox::User=root \
        -o Dir::State="$state" -o Dir::State::lists="$state/lists" -o Dir::State::status="$state/status" \
        -o Dir::Cache="$state/cache" -o Acquire::Languages=none "$@"
}

fetch_libraries()
{
    rm -rf "$root.new" && mkdir -p "$root.new/apt/lists/partial" "$root.new/apt/cache/archives/partial" || return 1
    : >"$root.new/apt/status"
    foreign_apt "$root.new/apt" update || return 1
    (cd "$root.new/apt" && foreign_apt "$root.new/apt" download $packages) || return 1
    if [ -n "$programs" ]; then
        foreign_apt "$root.new/apt" install --yes --download-only --no-install-recommends $programs || return 1
    fi
    find "$root.new/apt" -name '*.deb' >"$root.new/apt/archives"
    while read -r archive; do
        dpkg-deb -x "$archive" "$root.new" || return 1
    done <"$root.new/apt/archives"
    rm -rf "$root.new/apt" "$root" && mv "$root.new" "$root"
}

[ "$(uname -m)" != aarch64 ] || skip "this machine is one: the other suites run on it already"
for command in aarch64-linux-gnu-gcc qemu-aarch64 apt-get dpkg-deb; do
    command -v "$command" >/dev/null 2>&1 ||
        skip "no $command here; on Debian and its kin 'tools/install_deps.sh aarch64' installs what is missing"
done
# Without recommended packages the compiler has no C library to build with.
echo '#include <stdio.h>' | aarch64-linux-gnu-gcc -E - >/dev/null 2>&1 ||
    skip "aarch64-linux-gnu-gcc has no C library (libc6-dev-arm64-cross); 'tools/install_deps.sh aarch64' installs it"
if [ ! -d "$root" ]; then
    # once more: a mirror that does not answer may do so in a moment
    fetch_libraries >"$log" 2>&1 || { sleep 20 && fetch_libraries >"$log" 2>&1; } ||
        skip "the arm64 libraries cannot be fetched: $(grep '^[WE]: ' "$log" | head -n 1)"
fi
rm -f "$build/skipped"

printf "[constants]\nroot = '%s'\n" "$root" >"$build/root.ini"
[ "$only_root" != root ] || exit 0

if [ ! -f "$build/build.ninja" ]; then
    meson setup "$build" "$tools/.." --cross-file "$build/root.ini" --cross-file "$tools/aarch64.ini" \
        -Dtests=enabled || exit 1
fi
meson compile -C "$build"
