#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tools/build_tarball.sh - an archive of aico2 that is unpacked anywhere and runs there, without root
#
#     tools/build_tarball.sh [FOLDER]             FOLDER: build/tarball; the programs of this system and a static aico2
#     tools/build_tarball.sh --aarch64 [FOLDER]   a static aico2 for aarch64, as old JetPacks need it, where
#                                                 tools/install_deps.sh aarch64 has installed the cross compiler
#
# The archive is the same, bit for bit, whoever makes it where and when: names in order, owner 0, the time of SOURCE_DATE_EPOCH,
# else of the commit, else of debian/changelog. TARBALL_SCRATCH names the folder that is built in, else it is a temporary one.
set -eu -o pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
aarch64=""
if [ "${1:-}" = --aarch64 ]; then
    aarch64=yes
    shift
fi
folder=${1:-$root/build/tarball}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
version=$(sed -n "s/^    version: '\(.*\)',$/\1/p" "$root/meson.build")
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct 2>/dev/null || date -d "$(sed -n 's/^ -- .*>  //p' "$root/debian/changelog" | head -n 1)" +%s)
fi
export SOURCE_DATE_EPOCH
umask 022

scratch=${TARBALL_SCRATCH:-$(mktemp -d)}
[ -n "${TARBALL_SCRATCH:-}" ] || trap 'rm -rf "$scratch"' EXIT

# A copy beside what is built, so that the way from one to the other, which assertions tell, is always the same.
mkdir -p "$scratch/source"
tar -C "$root" --exclude='./build*' --exclude=./.git -cf - . | tar -xf - -C "$scratch/source"

# What a compiler is told so that no folder of whoever builds stands in the programs.
export CFLAGS="-O2 -g -ffile-prefix-map=$scratch=."
export LDFLAGS="-Wl,-z,relro -Wl,-z,now"

# build NAME [OPTION...]: a build folder of that name, compiled.
build()
{
    local name=$1
    shift
    meson setup "$scratch/$name" "$scratch/source" --prefix=/aico2 --libdir=lib --buildtype=plain -Dtests=disabled "$@"
    meson compile -C "$scratch/$name"
}

# strip as the machine needs it, without the build's own identity, which tells where it was built
slim()
{
    "${STRIP:-strip}" --strip-unneeded --remove-section=.note.gnu.build-id "$@"
}

make_native()
{
    name=aico2-$version-linux-$(uname -m)
    tree=$scratch/tree/$name
    build dynamic -Dman=enabled -Dpython=true -Dpython_library=false
    build static -Dstatic=true -Dfetch=disabled -Dserve=disabled -Dtui=disabled -Dman=disabled
    DESTDIR=$scratch/installed meson install -C "$scratch/dynamic" --quiet
    mkdir -p "$scratch/tree"
    mv "$scratch/installed/aico2" "$tree"
    # of a system's daemons and groups nothing can be used without root; systemd looks for units elsewhere
    rm -rf "$tree/lib/systemd/system" "$tree/lib/sysusers.d" "$tree/libexec/aico2/aico2-sensord" "$tree/share/aico2/systemd" \
        "$tree/share/man/man8/aico2-sensord.8"
    cp "$scratch/static/src/cli/aico2" "$tree/bin/aico2-static"
    # the package, and beside it the library where a wheel has it
    mkdir -p "$tree/python"
    mv "$tree"/lib/python3*/*-packages/* "$tree/python/"
    rm -rf "$tree"/lib/python3*
    mkdir -p "$tree/python/.aico2.mesonpy.libs/aico2"
    ln -s ../../../lib/libaico2.so.0 "$tree/python/.aico2.mesonpy.libs/aico2/libaico2.so"
    slim "$tree"/bin/* "$tree"/libexec/aico2/* "$tree/lib/libaico2.so.$version"
}

make_aarch64()
{
    name=aico2-$version-linux-aarch64-static
    tree=$scratch/tree/$name
    "$root/tools/build_aarch64.sh" "$scratch/arm" root
    if [ -f "$scratch/arm/skipped" ]; then
        exit 1
    fi
    printf "[binaries]\nc = ['aarch64-linux-gnu-gcc', '-B%s/root/usr/lib/aarch64-linux-gnu']\n" "$scratch/arm" >"$scratch/arm/searched.ini"
    build static --cross-file "$scratch/arm/root.ini" --cross-file "$root/tools/aarch64.ini" --cross-file "$scratch/arm/searched.ini" \
        -Dstatic=true -Dfetch=disabled -Dserve=disabled -Dtui=disabled -Dman=enabled
    DESTDIR=$scratch/installed meson install -C "$scratch/static" --quiet
    mkdir -p "$scratch/tree"
    mv "$scratch/installed/aico2" "$tree"
    rm -rf "$tree/include" "$tree/lib/systemd/system" "$tree/lib/sysusers.d" "$tree/share/aico2/systemd" "$tree/share/man/man3" \
        "$tree/share/man/man8" "$tree/libexec/aico2/aico2-sensord"
    STRIP=aarch64-linux-gnu-strip slim "$tree/bin/aico2" "$tree"/libexec/aico2/*
}

if [ -n "$aarch64" ]; then make_aarch64 >&2; else make_native >&2; fi

# units of a user name the program by its place, which is not known here
rm -rf "$tree/lib/systemd"
rmdir "$tree/lib" 2>/dev/null || true
if [ -f "$tree/lib/pkgconfig/aico2.pc" ]; then
    sed -i 's|^prefix=.*|prefix=${pcfiledir}/../..|' "$tree/lib/pkgconfig/aico2.pc"
fi
mkdir -p "$tree/share/doc/aico2/docs/readers"
cp "$root"/README.md "$root"/CHANGELOG.md "$root"/METHODOLOGY.md "$root"/SECURITY.md "$root"/LICENSE "$root"/web/THIRD_PARTY.md \
    "$tree/share/doc/aico2/"
cp "$root"/docs/*.md "$tree/share/doc/aico2/docs/"
cp "$root"/docs/readers/*.md "$tree/share/doc/aico2/docs/readers/"
cp "$root/contrib/tarball/README" "$tree/README"
chmod -R u=rwX,go=rX "$tree"

archive=$folder/$name.tar.gz
tar -C "$scratch/tree" --sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -cf - "$name" |
    gzip -9 -n >"$archive"
(cd "$folder" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "$archive"
