/* SPDX-License-Identifier: Apache-2.0 */
/* stack/table.c - the services of the stack
 *
 * Names of jobs and ports are those that the original project's prometheus.yml has, so that its queries find
 * the same series.
 */
#include "stack/service.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"

void service_word(struct service_words *words, const char *format, ...)
{
    char word[PATH_MAX + 64];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(word, sizeof(word), format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof(word) || words->count >= SERVICE_WORDS_MAX) {
        words->text.failed = true;
        return;
    }
    strbuf_add_bytes(&words->text, word, (size_t)length + 1);
    words->count++;
}

static void call_prometheus(const struct service_call *call, struct service_words *words)
{
    service_word(words, "--config.file=%s/prometheus.yml", call->directory);
    service_word(words, "--storage.tsdb.path=%s/data", call->directory);
    service_word(words, "--web.listen-address=%s:%d", call->address, call->port);
}

/* cpu.info is how the model of the processor and its sockets get into the series. */
static void call_node_exporter(const struct service_call *call, struct service_words *words)
{
    service_word(words, "--web.listen-address=%s:%d", call->address, call->port);
    service_word(words, "--collector.cpu.info");
    service_word(words, "--collector.textfile.directory=%s/textfile", call->directory);
}

static void call_gpu_exporter(const struct service_call *call, struct service_words *words)
{
    service_word(words, "--web.listen-address=%s:%d", call->address, call->port);
}

static void call_dcgm_exporter(const struct service_call *call, struct service_words *words)
{
    service_word(words, "--address=%s:%d", call->address, call->port);
}

/* Beside --listen it takes what the configuration says, as `aico2 serve` does. */
static void call_own(const struct service_call *call, struct service_words *words)
{
    service_word(words, "--listen=%s:%d", call->address, call->port);
}

const struct service_row service_rows[] = {
    { .name = "prometheus",
      .option = "--prometheus",
      .programs = { "prometheus" },
      .package =
          "package prometheus (Debian, Ubuntu, Alpine, Arch), golang-github-prometheus (Fedora)",
      .port = 9090,
      .ready_path = "/-/ready",
      .metrics_path = "/metrics",
      .proof = "prometheus_build_info{",
      .is_server = true,
      .call = call_prometheus },
    { .name = "node",
      .option = "--node-exporter",
      .programs = { "prometheus-node-exporter", "node_exporter", "node-exporter" },
      .package =
          "package prometheus-node-exporter (Debian, Ubuntu, Alpine, Arch), node-exporter (Fedora)",
      .port = 9100,
      .ready_path = "/metrics",
      .metrics_path = "/metrics",
      .proof = "node_exporter_build_info{",
      .sign = { .text = "node_rapl_",
                .place = "class/powercap/intel-rapl:0",
                .note = "without RAPL: the processor's energy counters are closed to it; "
                        "`aico2 doctor rapl-powercap` says how to open them to a group" },
      .call = call_node_exporter },
    { .name = "nvidia_gpu_exporter",
      .option = "--nvidia-gpu-exporter",
      .programs = { "nvidia_gpu_exporter", "nvidia-gpu-exporter",
                    "prometheus-nvidia-gpu-exporter" },
      .package =
          "nvidia_gpu_exporter (in no distribution: a release of its project, or go install)",
      .port = 9835,
      .ready_path = "/metrics",
      .metrics_path = "/metrics",
      .proof = "nvidia_smi_",
      .gpu = SERVICE_FOR_NVIDIA,
      .yields = "dcgm",
      .sign = { .text = "nvidia_smi_power_draw_watts{",
                .note = "no power of a GPU: does nvidia-smi work? its log says more" },
      .call = call_gpu_exporter },
    { .name = "dcgm",
      .option = "--dcgm-exporter",
      .programs = { "dcgm-exporter" },
      .package = "packages datacenter-gpu-manager and dcgm-exporter (NVIDIA's own repository)",
      .port = 9400,
      .ready_path = "/metrics",
      .metrics_path = "/metrics",
      .proof = "DCGM_FI_",
      .gpu = SERVICE_FOR_NVIDIA,
      .sign = { .text = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{",
                .note = "no energy counter of a GPU: its log says more" },
      .call = call_dcgm_exporter },
    { .name = "aico2",
      .option = "--server",
      .package = "package aico2-serve, which is built where libmicrohttpd, GnuTLS and zlib are",
      .port = 8000,
      .ready_path = "/readyz",
      .metrics_path = "/metrics",
      .proof = "aico2_build_info{",
      .call = call_own },
};
const size_t service_row_count = ARRAY_LENGTH(service_rows);

int service_find(const char *name)
{
    for (size_t i = 0; i < service_row_count; i++) {
        if (strcmp(service_rows[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}
