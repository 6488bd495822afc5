#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tools/build_packages.sh - Debian packages of this source, by an ordinary user, into a folder
#
#     tools/build_packages.sh [FOLDER]            FOLDER: build/packages
#
# FOLDER has what is installed and nothing else, so that FOLDER/*.deb may be given to apt; all that was made, with debug symbols and
# sources, is in FOLDER/upload, as its .changes lists it.
#
# DEB_BUILD_OPTIONS=nocheck leaves the unit tests out. What is built is a copy of what git tracks (of all but build folders
# where there is no git), so that nothing is left among the sources. Root gives the building to nobody. PACKAGES_SCRATCH
# names the folder that is built in, else it is a temporary one; PACKAGES_COMPILERS a folder of compilers to come first,
# such as ccache's. FOLDER/build.log has what was said; when it fails its end is printed.
set -eu -o pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$root/build/packages}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

for command in dpkg-buildpackage dh meson; do
    if ! command -v "$command" >/dev/null; then
        echo "$command is missing: 'tools/install_deps.sh build fetch serve tui test package' installs it" >&2
        exit 1
    fi
done

scratch=${PACKAGES_SCRATCH:-$(mktemp -d)}
[ -n "${PACKAGES_SCRATCH:-}" ] || trap 'rm -rf "$scratch"' EXIT
source=$scratch/source
rm -rf "$source"
mkdir -p "$source"
cd "$root"
if git rev-parse --is-inside-work-tree >/dev/null 2>&1 && [ -n "$(git ls-files | head -n 1)" ]; then
    # what is deleted and not yet committed is still listed
    git ls-files -z | while IFS= read -r -d '' name; do [ -e "$name" ] && printf '%s\0' "$name"; done |
        tar -c --null -T - | tar -x -C "$source"
else
    tar -c --exclude='./build*' --exclude=./.git . | tar -x -C "$source"
fi

# The system's own Python and tools, whatever else is installed for whoever builds.
build=(env -i "PATH=${PACKAGES_COMPILERS:+$PACKAGES_COMPILERS:}/usr/sbin:/usr/bin:/sbin:/bin" "HOME=$scratch" LC_ALL="${LC_ALL:-C.UTF-8}"
    TZ="${TZ:-UTC}" "DEB_BUILD_OPTIONS=parallel=$(nproc) ${DEB_BUILD_OPTIONS:-}")
# A cache of compilations is used where its folder is given, if nobody may write to it; the machine's own is somebody else's.
if [ -n "${CCACHE_DIR:-}" ]; then build+=("CCACHE_DIR=$CCACHE_DIR"); else build+=(CCACHE_DISABLE=1); fi
if [ "$(id -u)" -eq 0 ]; then
    chown -R nobody:nogroup "$scratch"
    build=(setpriv --reuid=nobody --regid=nogroup --clear-groups "${build[@]}")
fi
cd "$source"
echo "building in $source, log in $folder/build.log"
# All that is needed is checked by dpkg-buildpackage itself; nothing is signed.
if ! "${build[@]}" dpkg-buildpackage -us -uc >"$folder/build.log" 2>&1 </dev/null; then
    tail -n 40 "$folder/build.log" | cut -c 1-400 >&2
    exit 1
fi

rm -rf "$folder/upload"
rm -f "$folder"/*.deb "$folder"/*.dsc "$folder"/*.tar.xz "$folder"/*.buildinfo "$folder"/*.changes
mkdir "$folder/upload"
find "$scratch" -maxdepth 1 -type f \( -name '*.deb' -o -name '*.dsc' -o -name '*.tar.xz' -o -name '*.buildinfo' -o -name '*.changes' \) \
    -exec cp -t "$folder/upload" {} +
find "$folder/upload" -name '*.deb' ! -name '*-dbgsym_*' -exec ln -t "$folder" {} +
ls -1 "$folder"/*.deb
