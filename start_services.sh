#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# start_services.sh - the original project's name for `aico2 up`: starts the services in the background
#
#     ./start_services.sh [OPTION of aico2 up...]
#
# Takes the aico2 that was built or installed here, else that of PATH. `aico2 down` ends what was started.
here=$(dirname -- "$0")
for program in "$here/build/src/cli/aico2" "$here/../../bin/aico2"; do
    if [ -x "$program" ]; then
        exec "$program" up "$@"
    fi
done
if ! command -v aico2 >/dev/null 2>&1; then
    echo "start_services.sh: no aico2 is built or installed here: run 'make' first" >&2
    exit 127
fi
exec aico2 up "$@"
