#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/test_frameworks.sh - installs what trainings are made with into a folder of its own, and runs real ones
#
#     tools/test_frameworks.sh BUILD_DIR [FOLDER]      FOLDER: BUILD_DIR/frameworks
#
# Some 7 GB, of which PyTorch and its libraries are most. `make test` needs none of it: there each test skips itself by the
# name of the package that is missing.
set -eu

build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${2:-$build/frameworks}
need_mib=12288

if [ ! -x "$folder/bin/python" ]; then
    mkdir -p "$folder"
    free_mib=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')
    if [ "$free_mib" -lt "$need_mib" ]; then
        echo "$folder: $free_mib MiB are free, $need_mib are needed" >&2
        exit 1
    fi
    python3 -m venv "$folder"
fi
"$folder/bin/pip" install --quiet --prefer-binary -r "$root/tests/python/frameworks/requirements.txt"

export AICO2_LIBRARY="$build/src/libaico2.so" AICO2_PROGRAM="$build/src/cli/aico2" AICO2_TEST_SOURCE_ROOT="$root"
export PYTHONPATH="$root/python" PYTHONDONTWRITEBYTECODE=1
cd "$root"
exec "$folder/bin/python" tests/python/run_pytest.py tests/python/frameworks/test_training.py \
    tests/python/frameworks/test_workers.py tests/python/frameworks/test_reports.py tests/python/test_notebook.py \
    tests/python/test_show.py tests/python/test_codecarbon.py tests/python/test_codecarbon_examples.py
