/* SPDX-License-Identifier: Apache-2.0 */
/* readers/cpu_tally.h - how long the threads of a package were busy, from columns that can mislead
 *
 * With CONFIG_TICK_CPU_ACCOUNTING (most distributions) the kernel charges user and system by
 * looking once a tick at who runs. Work that dodges the tick is not seen, work that sits on it is
 * seen too much: a process using 73 % of a CPU in bursts of 3 ms every 4 ms was counted as 1 % or
 * as 100 %, depending on its phase (2-CPU KVM guest, Linux 6.18, HZ 250). The idle and iowait
 * columns of the same lines are taken from timestamps when a CPU goes idle (NO_HZ,
 * kernel/time/tick-sched.c, get_cpu_idle_time_us); elapsed time less those and steal was within 2 %
 * of the truth at every phase tried. Where idle is sampled as well, elapsed - rest is what the busy
 * columns say, so it is safe to believe idle everywhere that /proc/stat is the kernel's own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What was seen between two reads of one package. */
struct cpu_interval {
    int64_t elapsed_ns; /* between the reads */
    int threads;        /* online now: busy can be no more than threads x elapsed */
    int64_t ticked_ns;  /* increase of the busy columns, not negative */
    int64_t rest_ns; /* increase of idle + iowait + steal; iowait can fall, so it may be negative */
    int64_t stolen_ns;  /* increase of steal alone, which may fall when a guest changes its host */
    int64_t slack_ns;   /* what rounding to ticks can hide in rest_ns */
    bool rest_is_whole; /* rest_ns is of every thread and the whole interval, by the kernel */
    int64_t exact_ns;   /* from a counter in nanoseconds; -1: there is none */
};

/**
 * struct cpu_tally - what is known but not yet given out, by source
 * Rounding makes one interval's figure too small or too large by some ticks. The remainder is
 * carried to the next one, never dropped, so that no error grows with the number of reads.
 */
struct cpu_tally {
    int64_t columns_owed_ns;
    int64_t exact_owed_ns;
    int64_t stolen_owed_ns;
};

/**
 * cpu_tally_advance() - busy time of an interval
 * The exact counter, where there is one, is only ever raised: by columns that say more than
 * rounding explains (interrupts are not in it).
 * Return: nanoseconds, 0 to threads x elapsed
 */
int64_t cpu_tally_advance(struct cpu_tally *tally, const struct cpu_interval *interval);

/**
 * cpu_tally_stolen() - what the hypervisor took of an interval
 * @busy_ns: cpu_tally_advance()'s of the same interval
 * Return: nanoseconds, at least 0; with busy_ns at most threads x elapsed
 */
int64_t cpu_tally_stolen(struct cpu_tally *tally, const struct cpu_interval *interval,
                         int64_t busy_ns);
