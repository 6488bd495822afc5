#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/fuzz.sh - runs every libFuzzer target, beginning with its seeds and what earlier runs have found
#
#     tools/fuzz.sh BUILD [NAME...]      BUILD: made with -Dfuzz=true by clang
#
# FUZZ_RUNS (2000000) executions of each, and at most FUZZ_SECONDS (7200) for them. What reaches new code is kept in
# BUILD/corpus/NAME, an input that makes a target fail in BUILD/found/. The status is 1 when there is one. A minute without
# an answer is a hang: on a machine that does other things ten seconds go by without a turn.
set -u

build=${1:?usage: tools/fuzz.sh BUILD [NAME...]}
shift
seeds=$(dirname "$0")/../tests/fuzz/seeds
runs=${FUZZ_RUNS:-2000000}
seconds=${FUZZ_SECONDS:-7200}
failed=0
# of 256 MiB of freed memory, which is the default, each execution has new pages
export ASAN_OPTIONS="quarantine_size_mb=16${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
# some targets write files
[ -z "${TMPDIR:-}" ] && [ -w /dev/shm ] && export TMPDIR=/dev/shm

if [ $# -eq 0 ]; then
    for program in "$build"/tests/fuzz/fuzz_*; do
        [ -f "$program" ] && [ -x "$program" ] && set -- "$@" "${program##*/fuzz_}"
    done
fi
[ $# -gt 0 ] || { echo "$build has no fuzz targets: it is not built with -Dfuzz=true" >&2; exit 1; }

mkdir -p "$build/found" "$build/fuzz-logs" || exit 1
printf '%-24s %10s %8s %8s\n' target executions seconds edges
for name in "$@"; do
    log=$build/fuzz-logs/$name
    mkdir -p "$build/corpus/$name" || exit 1
    if "$build/tests/fuzz/fuzz_$name" -runs="$runs" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=1024 \
        -print_final_stats=1 -print_funcs=0 -artifact_prefix="$build/found/$name-" "$build/corpus/$name" "$seeds/$name" \
        </dev/null >"$log" 2>&1; then
        word=
    else
        word=" FAILED: $log"
        failed=1
    fi
    done_runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    took=$(sed -n 's/^Done [0-9]* runs in \([0-9]*\) second.*/\1/p' "$log")
    edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    printf '%-24s %10s %8s %8s%s\n' "$name" "${done_runs:--}" "${took:--}" "${edges:--}" "$word"
done
exit $failed
