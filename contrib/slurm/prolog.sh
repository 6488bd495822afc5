#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# prolog.sh - Slurm's Prolog= on a node: begins to measure a job that has the node to itself
#
# /etc/default/aico2-slurm says what is done; without that file, nothing:
#     AICO2_SLURM_EXCLUSIVE=yes        every job here has its nodes to itself: the machine's energy is the job's
#     AICO2_SLURM_DCGM_DIR=/run/dcgm   tell dcgm-exporter which job has which GPU (its --hpc-job-mapping-dir)
#     AICO2_SLURM_DB=/var/lib/aico2/history.db, AICO2_COUNTRY=FR and other variables of aico2
# Where nodes are shared let jobs measure themselves: srun aico2 run -- ./train; see docs/fleet.md.
#
# A prolog that fails drains its node: whatever goes wrong here is written to the log, and the status is 0.

config=${AICO2_SLURM_CONFIG:-/etc/default/aico2-slurm}
state=${AICO2_SLURM_STATE:-/run/aico2-slurm}
PATH=$PATH:/usr/local/bin:/usr/bin:/bin
export PATH

say()
{
    logger -t aico2-slurm -- "job ${SLURM_JOB_ID:-?}: $*" 2>/dev/null || true
}

# Nothing but a number may become a file's name.
is_number()
{
    case "$1" in
    '' | *[!0-9]*) return 1 ;;
    esac
}

# When a process began: with its pid, what the epilog knows it by.
start_of()
{
    read -r line 2>/dev/null <"/proc/$1/stat" || return 1
    # shellcheck disable=SC2086 # the fields behind the command's name
    set -- ${line##*) }
    echo "${20}"
}

# "0,1,3-5" as words.
gpus_of()
{
    echo "$1" | tr ',' '\n' | while read -r range; do
        first=${range%-*}
        last=${range#*-}
        is_number "$first" && is_number "$last" && seq "$first" "$last"
    done
}

tell_dcgm()
{
    mkdir -p "$AICO2_SLURM_DCGM_DIR" || return 1
    for gpu in $(gpus_of "${SLURM_JOB_GPUS:-}"); do
        echo "$SLURM_JOB_ID" >"$AICO2_SLURM_DCGM_DIR/$gpu" || return 1
    done
}

# A run of the whole machine, that lasts until the epilog asks it to end. SLURM_* tell it whose it is.
begin()
{
    command -v aico2 >/dev/null || { say "aico2 is not installed"; return 1; }
    (umask 077 && mkdir -p "$state") || return 1
    # shellcheck disable=SC2016 # for the inner shell
    setsid aico2 run --scope machine --quiet --timeout 31d --name "${SLURM_JOB_NAME:-job $SLURM_JOB_ID}" \
        ${AICO2_SLURM_DB:+--db "$AICO2_SLURM_DB"} -- \
        sh -c 'trap "kill \$!; exit 0" TERM; sleep 2678400 & wait' \
        </dev/null >"$state/$SLURM_JOB_ID.log" 2>&1 &
    echo "$! $(start_of $!)" >"$state/$SLURM_JOB_ID" || { kill $!; return 1; }
}

[ -r "$config" ] || exit 0
set -a # what stands there is for aico2 too
# shellcheck disable=SC1090 # the site's own
. "$config" || say "cannot read $config"
set +a
if ! is_number "${SLURM_JOB_ID:-}"; then
    say "SLURM_JOB_ID is not a number: nothing is done"
    exit 0
fi
if [ -n "${AICO2_SLURM_DCGM_DIR:-}" ]; then
    tell_dcgm || say "cannot write into $AICO2_SLURM_DCGM_DIR"
fi
if [ "${AICO2_SLURM_EXCLUSIVE:-no}" = yes ]; then
    begin || say "its energy is not measured"
fi
exit 0
