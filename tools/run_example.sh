#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/run_example.sh - measures the bundled example training, then says where the files are
#
#     tools/run_example.sh BUILD_DIR OUTPUT_DIR [ARGUMENTS OF train_digits]
set -u

build=$1
output=$2
shift 2
mkdir -p "$output" || exit 1
rm -f "$output/report.json" "$output/samples.csv"

echo "aico2 run --name digits -- train_digits $*"
"$build/src/cli/aico2" run --name digits -o "$output/report.json" --samples "$output/samples.csv" \
    -- "$build/examples/train_digits" "$@"
status=$?

# A run that failed may have left only some of them; a line for what is not there would be a lie.
say()
{
    [ -e "$2" ] && printf '  %-9s %s\n' "$1" "$2"
}
history=$("$build/src/cli/aico2" config --json 2>/dev/null | python3 -c '
import json, sys
print(next((row["value"] or "" for row in json.load(sys.stdin)["options"] if row["key"] == "db"), ""))
' 2>/dev/null)
if [ -z "$history" ]; then
    if [ "$(id -u)" -eq 0 ]; then
        history=/var/lib/aico2/history.db
    else
        history=${XDG_DATA_HOME:-$HOME/.local/share}/aico2/history.db
    fi
fi
echo "files:"
say report "$output/report.json"
say samples "$output/samples.csv"
say history "$history"
echo "next: $build/src/cli/aico2 runs; $build/src/cli/aico2 run --country FR -- YOUR COMMAND"
exit $status
