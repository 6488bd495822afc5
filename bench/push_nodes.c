/* SPDX-License-Identifier: Apache-2.0 */
/* bench/push_nodes.c - many nodes in one process, each with a snapshot an interval, through the real pusher
 *
 *     push_nodes FETCHER URL STATE_DIR NODES INTERVAL_SECONDS TICKS
 *
 * A node has two sockets with DRAM and eight GPUs: a hundred series. Their snapshots are spread over the interval
 * as those of real nodes are. Counters are whole joules that tell node and tick, so that what arrives can be
 * checked: node * 1000000 + tick * 1000 + device. Prints figures as JSON at the end.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/number.h"
#include "session/push/pusher.h"

enum { DEVICES = 12, OF_DEVICE = 8, BESIDE = 4, SAMPLES = DEVICES * OF_DEVICE + BESIDE };

static const char *const names[OF_DEVICE] = {
    "aico2_energy_joules_total",        "aico2_power_watts",
    "aico2_device_utilization_ratio",   "aico2_emissions_gco2e_total",
    "aico2_embodied_gco2e_total",       "aico2_gap_seconds_total",
    "aico2_device_temperature_celsius", "aico2_device_info",
};

static void make_snapshot(struct metrics *metrics, int node, int tick, int64_t wall_ns)
{
    char instance[32];
    char id[DEVICES][16];

    metrics_clear(metrics);
    metrics->wall_ns = wall_ns;
    (void)snprintf(instance, sizeof(instance), "node%04d", node);
    for (int k = 0; k < DEVICES; k++)
        (void)snprintf(id[k], sizeof(id[k]), "%s%d",
                       k < 2   ? "cpu"
                       : k < 4 ? "dram"
                               : "gpu",
                       k < 4 ? k % 2 : k - 4);
    for (int i = 0; i < OF_DEVICE; i++) {
        metrics_family(metrics, METRIC_GAUGE, names[i], "", "Of a simulated node.");
        for (int k = 0; k < DEVICES; k++) {
            const struct metric_label labels[] = {
                { "device", id[k] },
                { "kind", k < 2   ? "cpu"
                          : k < 4 ? "dram"
                                  : "gpu" },
                { "reader", k < 4 ? "rapl" : "nvml" },
                { "basis", "measured" },
                { "instance", instance },
            };

            metrics_sample(metrics, i == 0 ? node * 1e6 + tick * 1e3 + k : tick + 0.1 * k, labels,
                           5);
        }
    }
    metrics_family(metrics, METRIC_GAUGE, "aico2_reader_up", "", "Of a simulated node.");
    for (int i = 0; i < BESIDE; i++) {
        static const char *const readers[] = { "rapl", "nvml", "proc_cpu", "proc_memory" };
        const struct metric_label labels[] = { { "reader", readers[i] }, { "instance", instance } };

        metrics_sample(metrics, 1, labels, 2);
    }
}

static void wait_until(struct pusher *pusher, int64_t until_mono_ns)
{
    for (;;) {
        struct pollfd fds[2];
        const int64_t left_ns = until_mono_ns - clock_mono_ns();
        int count = pusher_poll_fds(pusher, fds);

        pusher_turn(pusher);
        if (left_ns <= 0)
            return;
        (void)poll(fds, (nfds_t)count, (int)(left_ns / NSEC_PER_MSEC) + 1);
    }
}

static void print_figures(const struct pusher *pusher, uint64_t not_taken, int64_t begin_wall_ms)
{
    struct pusher_figures figures;
    struct rusage own;
    struct rusage children;

    pusher_figures(pusher, &figures);
    (void)getrusage(RUSAGE_SELF, &own);
    (void)getrusage(RUSAGE_CHILDREN, &children);
    (void)printf("{\"begin_ms\": %" PRId64 ", \"sent\": %" PRIu64 ", \"dropped\": %" PRIu64
                 ", \"failed\": %" PRIu64 ", \"retries\": %" PRIu64 ", \"requests\": %" PRIu64
                 ", \"not_taken\": %" PRIu64 ", \"fetcher_cpu_s\": %.2f, \"fetcher_rss_kib\": %ld"
                 ", \"own_cpu_s\": %.2f, \"outcome\": %d, \"server\": \"%s\"}\n",
                 begin_wall_ms, figures.sent_samples, figures.dropped_samples,
                 figures.failed_samples, figures.retries, figures.state.requests, not_taken,
                 (double)children.ru_utime.tv_sec + (double)children.ru_utime.tv_usec / 1e6 +
                     (double)children.ru_stime.tv_sec + (double)children.ru_stime.tv_usec / 1e6,
                 children.ru_maxrss,
                 (double)own.ru_utime.tv_sec + (double)own.ru_utime.tv_usec / 1e6,
                 (int)figures.state.outcome, figures.state.server);
}

static int number_of(const char *text)
{
    int64_t value;

    return number_parse_i64(text, &value) && value > 0 && value < 1000000 ? (int)value : 0;
}

int main(int argc, char **argv)
{
    struct push_setup setup = {
        .instance = "bench",
        .job = "aico2",
        .queue_bytes_max = UINT64_C(1) << 30,
        .drain_ms = 120000,
    };
    struct metrics metrics = { 0 };
    struct pusher *pusher;
    struct aico2_error err = { 0 };
    uint64_t not_taken = 0;
    const int nodes = argc == 7 ? number_of(argv[4]) : 0;
    const int64_t interval_ns = argc == 7 ? number_of(argv[5]) * NSEC_PER_SEC : 0;
    const int ticks = argc == 7 ? number_of(argv[6]) : 0;
    int64_t begin_mono_ns;
    int64_t begin_wall_ms;

    if (nodes < 1 || interval_ns < 1 || ticks < 1)
        return 2;
    (void)snprintf(setup.access.url, sizeof(setup.access.url), "%s", argv[2]);
    (void)snprintf(setup.state_dir, sizeof(setup.state_dir), "%s", argv[3]);
    if (pusher_start(&pusher, argv[1], &setup, NULL, &err) < 0) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    begin_mono_ns = clock_mono_ns();
    begin_wall_ms = clock_wall_ns() / NSEC_PER_MSEC;
    for (int tick = 0; tick < ticks; tick++) {
        for (int node = 0; node < nodes; node++) {
            const int64_t at_ns = tick * interval_ns + interval_ns * node / nodes;

            wait_until(pusher, begin_mono_ns + at_ns);
            make_snapshot(&metrics, node, tick,
                          (begin_wall_ms + at_ns / NSEC_PER_MSEC) * NSEC_PER_MSEC);
            not_taken += !pusher_push(pusher, &metrics, PUSH_APART);
        }
    }
    if (pusher_stop(pusher, 180000, &err) < 0)
        (void)fprintf(stderr, "%s\n", err.message);
    print_figures(pusher, not_taken, begin_wall_ms);
    pusher_free(pusher);
    metrics_deinit(&metrics);
    return 0;
}
