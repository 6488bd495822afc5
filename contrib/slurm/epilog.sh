#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# epilog.sh - Slurm's Epilog= on a node: ends what prolog.sh began for the job
#
# Signals only the process that has the pid and the start on record. An epilog that fails drains its node: the
# status is 0, whatever goes wrong.

config=${AICO2_SLURM_CONFIG:-/etc/default/aico2-slurm}
state=${AICO2_SLURM_STATE:-/run/aico2-slurm}
PATH=$PATH:/usr/local/bin:/usr/bin:/bin
export PATH

say()
{
    logger -t aico2-slurm -- "job ${SLURM_JOB_ID:-?}: $*" 2>/dev/null || true
}

start_of()
{
    read -r line 2>/dev/null <"/proc/$1/stat" || return 1
    # shellcheck disable=SC2086 # the fields behind the command's name
    set -- ${line##*) }
    [ "$1" != Z ] && echo "${20}"
}

forget_dcgm()
{
    for file in "$AICO2_SLURM_DCGM_DIR"/*; do
        [ -f "$file" ] || continue
        if [ "$(cat "$file")" = "$SLURM_JOB_ID" ]; then
            rm -f "$file"
        fi
    done
}

# The report is stored before it ends; five seconds are plenty, and no more is taken of the next job's time.
end()
{
    read -r pid start <"$state/$SLURM_JOB_ID" || return 1
    if [ -n "$start" ] && [ "$(start_of "$pid")" = "$start" ]; then
        kill -TERM "$pid" || return 1
        tries=0
        while [ "$(start_of "$pid")" = "$start" ]; do
            tries=$((tries + 1))
            [ "$tries" -le 50 ] || { say "process $pid does not end"; return 1; }
            sleep 0.1
        done
    else
        say "its measurement had ended before it: aico2 recover"
    fi
    rm -f "$state/$SLURM_JOB_ID" "$state/$SLURM_JOB_ID.log"
}

[ -r "$config" ] || exit 0
# shellcheck disable=SC1090 # the site's own
. "$config" || say "cannot read $config"
case "${SLURM_JOB_ID:-}" in
'' | *[!0-9]*)
    say "SLURM_JOB_ID is not a number: nothing is done"
    exit 0
    ;;
esac
if [ -n "${AICO2_SLURM_DCGM_DIR:-}" ]; then
    forget_dcgm
fi
if [ -e "$state/$SLURM_JOB_ID" ]; then
    end || say "its measurement was not ended"
fi
exit 0
