/* SPDX-License-Identifier: Apache-2.0 */
/* readers/gauges_jetson.c - what jtop shows of a Jetson: power mode, rails, graphics, memory controller
 *
 * The memory controller's activity and clock are in debugfs, which root alone may enter. Activity is
 * in kHz as the clock is; the figure of Orin's firmware (bpmp/debug/actmon) has no published unit and
 * is not shown.
 */
#include "readers/gauge_sources.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "model/rails.h"
#include "readers/jetson_board.h"
#include "readers/jetson_clients.h"
#include "readers/jetson_gpu.h"
#include "readers/jetson_mode.h"
#include "readers/jetson_power.h"

#define DEBUGFS "kernel/debug"

enum { FOLDER_SIZE = JETSON_GPU_PATH_SIZE + 16 };

static const double LOAD_MAX = 1000;
static const double HERTZ_MAX = 20e9;

static void add_mode(const struct reader_env *env, struct gauge_list *list)
{
    struct gauge *gauge = gauge_add(list, GAUGE_WORD, "module0.mode");
    char name[JETSON_MODE_SIZE];

    if (!jetson_mode_read(env, name)) {
        (void)snprintf(gauge->reason, sizeof(gauge->reason),
                       "nvpmodel has left no state in /var/lib/nvpmodel (in a container it is not "
                       "there)");
        return;
    }
    (void)snprintf(gauge->word, sizeof(gauge->word), "%s", name);
}

/* --- rails --- */

static void read_rail(const struct reader_env *env, const struct jetson_rail *rail,
                      struct gauge *gauge)
{
    struct jetson_sum sum = { .count = 1 };
    int64_t microwatts = 0;
    int r;

    if (rail->off) {
        (void)snprintf(gauge->reason, sizeof(gauge->reason), "its monitor is switched off");
        return;
    }
    sum.rails[0].rail = *rail;
    r = jetson_sum_open(env->sys_fd, &sum, NULL);
    if (r == 0)
        r = jetson_rail_read(env->sys_fd, false, &sum.rails[0], &microwatts);
    jetson_sum_close(&sum);
    if (r < 0)
        gauge_refuse(gauge, r);
    else
        gauge->value = (double)microwatts / 1e6;
}

/* What the module draws, whether one rail tells it or several add up to it. */
static void add_total(const struct reader_env *env, const struct jetson_total *module,
                      struct gauge_list *list)
{
    struct gauge *gauge = gauge_add(list, GAUGE_WATTS, "module0.power");
    struct jetson_sum sum = { .count = module->count };
    double watts = NAN;
    int r;

    (void)snprintf(gauge->label, sizeof(gauge->label), "all of the module");
    for (size_t i = 0; i < module->count; i++)
        sum.rails[i].rail = *module->rails[i];
    r = jetson_sum_open(env->sys_fd, &sum, NULL);
    if (r == 0)
        r = jetson_sum_read(env->sys_fd, false, &sum, &watts, NULL);
    jetson_sum_close(&sum);
    if (r < 0)
        gauge_refuse(gauge, r);
    else
        gauge->value = watts;
}

static bool is_summand(const struct jetson_total *total, const struct jetson_rail *rail)
{
    for (size_t i = 0; i < total->count; i++) {
        if (total->rails[i] == rail)
            return true;
    }
    return false;
}

/* Two rails of one name would be one figure: the first stands, as for the module. */
static bool is_first(const struct jetson_rails *rails, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(rails->items[i].label, rails->items[index].label) == 0)
            return false;
    }
    return true;
}

static void add_rails(const struct reader_env *env, struct gauge_list *list)
{
    struct jetson_rails rails;
    struct jetson_total module;
    struct jetson_total carrier;

    jetson_find_rails(env->sys_fd, &rails);
    jetson_choose_module(&rails, &module);
    jetson_choose_carrier(&rails, &carrier);
    if (module.count > 0)
        add_total(env, &module, list);
    for (size_t i = 0; i < rails.count; i++) {
        const struct jetson_rail *rail = &rails.items[i];
        bool on_carrier = jetson_is_on_carrier(&carrier, rail);
        bool whole = (is_summand(&module, rail) && module.count == 1) ||
                     (is_summand(&carrier, rail) && carrier.count == 1);
        struct gauge *gauge;

        if (!is_first(&rails, i))
            continue;
        gauge = gauge_add(list, GAUGE_WATTS, "rail.%s", rail->label);
        rails_covers_text(rails_covers(rail->label), gauge->label, sizeof(gauge->label));
        if (whole)
            (void)snprintf(gauge->label, sizeof(gauge->label), "all of the %s",
                           on_carrier ? "carrier board" : "module");
        else if (on_carrier || module.count > 0)
            (void)snprintf(gauge->inside, sizeof(gauge->inside), "%s",
                           on_carrier ? "board" : "module0");
        read_rail(env, rail, gauge);
    }
}

/* --- graphics --- */

static void add_clock(int sys_fd, const char *folder, struct gauge *gauge)
{
    char path[FOLDER_SIZE + 16];

    (void)snprintf(path, sizeof(path), "%s/max_freq", folder);
    (void)gauge_number(sys_fd, path, 1, &gauge->limit);
    (void)snprintf(path, sizeof(path), "%s/cur_freq", folder);
    (void)gauge_take(gauge, sys_fd, path, 1, 0, HERTZ_MAX);
}

static void add_gpu(int sys_fd, struct gauge_list *list)
{
    struct jetson_gpu gpu;
    struct gauge *gauge = gauge_add(list, GAUGE_RATIO, "gpu.load");

    jetson_gpu_find(sys_fd, &gpu);
    gauge->limit = 1;
    if (gpu.load[0] == '\0')
        (void)snprintf(gauge->reason, sizeof(gauge->reason),
                       "the kernel of this board does not tell it in sysfs");
    else
        (void)gauge_take(gauge, sys_fd, gpu.load, 1 / LOAD_MAX, 0, LOAD_MAX);
    for (size_t i = 0; i < gpu.clock_count; i++) {
        const char *name = strrchr(gpu.clocks[i], '/') + 1;

        gauge = i == 0 ? gauge_add(list, GAUGE_HERTZ, "gpu.frequency")
                       : gauge_add(list, GAUGE_HERTZ, "gpu.frequency.%.32s", name);
        (void)snprintf(gauge->label, sizeof(gauge->label), "%.47s", name);
        add_clock(sys_fd, gpu.clocks[i], gauge);
    }
}

/* --- the memory controller --- */

static void refuse_debugfs(struct gauge *gauge, int code)
{
    if (fs_is_denied(code)) {
        (void)snprintf(gauge->reason, sizeof(gauge->reason),
                       "root alone may enter /sys/kernel/debug");
        (void)snprintf(gauge->fix, sizeof(gauge->fix), "sudo aico2 devices");
    } else if (code == -ENOENT) {
        (void)snprintf(gauge->reason, sizeof(gauge->reason), "this kernel does not tell it");
    } else {
        gauge_refuse(gauge, code);
    }
}

static void add_gpu_memory(int sys_fd, struct gauge_list *list)
{
    struct gauge *gauge = gauge_add(list, GAUGE_BYTES, "gpu.memory");
    struct jetson_clients clients;
    int r = jetson_clients_read(sys_fd, &clients);

    if (r < 0)
        refuse_debugfs(gauge, r);
    else
        gauge->value = (double)jetson_clients_bytes(&clients);
}

/* The first of these files that is there. Return: 0, or -errno of the most telling failure. */
static int read_first(int sys_fd, const char *const *paths, size_t count, uint64_t *value_out)
{
    int code = -ENOENT;

    for (size_t i = 0; i < count; i++) {
        int r = fs_read_u64_at(sys_fd, paths[i], value_out, NULL);

        if (r == 0)
            return 0;
        if (r != -ENOENT && r != -ENOTDIR)
            code = r;
    }
    return code;
}

static void add_emc(int sys_fd, struct gauge_list *list)
{
    static const char *const rates[] = { DEBUGFS "/bpmp/debug/clk/emc/rate",
                                         "class/devfreq/bwmgr/cur_freq",
                                         DEBUGFS "/clk/emc/clk_rate",
                                         DEBUGFS "/clk/override.emc/clk_rate" };
    static const char *const most[] = { DEBUGFS "/bpmp/debug/clk/emc/max_rate",
                                        "class/devfreq/bwmgr/max_freq",
                                        DEBUGFS "/tegra_bwmgr/emc_max_rate" };
    static const char *const activities[] = { DEBUGFS "/cactmon/mc_all",
                                              "kernel/actmon_avg_activity/mc_all" };
    static const char *const firmware[] = { DEBUGFS "/bpmp/debug/actmon/mc_all_avg_activity" };
    struct gauge *gauge = gauge_add(list, GAUGE_HERTZ, "emc.frequency");
    uint64_t activity_khz = 0;
    uint64_t limit_hertz = 0;
    uint64_t hertz = 0;
    int r = read_first(sys_fd, rates, sizeof(rates) / sizeof(rates[0]), &hertz);
    int load_r;

    if (r == 0 && (double)hertz <= HERTZ_MAX)
        gauge->value = (double)hertz;
    else
        refuse_debugfs(gauge, r == 0 ? -EBADMSG : r);
    if (read_first(sys_fd, most, sizeof(most) / sizeof(most[0]), &limit_hertz) == 0)
        gauge->limit = (double)limit_hertz;

    gauge = gauge_add(list, GAUGE_RATIO, "emc.load");
    gauge->limit = 1;
    load_r =
        read_first(sys_fd, activities, sizeof(activities) / sizeof(activities[0]), &activity_khz);
    if (load_r == 0 && r == 0 && hertz > 0 && (double)activity_khz * 1e3 <= (double)hertz)
        gauge->value = (double)activity_khz * 1e3 / (double)hertz;
    else if (load_r == -ENOENT && read_first(sys_fd, firmware, 1, &activity_khz) == 0)
        (void)snprintf(gauge->reason, sizeof(gauge->reason),
                       "the activity this firmware tells has no published unit");
    else
        refuse_debugfs(gauge, load_r != 0 && (load_r != -ENOENT || r == 0) ? load_r
                              : r != 0                                     ? r
                                                                           : -EBADMSG);
}

void gauges_add_jetson(const struct reader_env *env, struct gauge_list *list)
{
    struct jetson_board board;

    if (!jetson_read_board(env, &board))
        return;
    add_mode(env, list);
    add_rails(env, list);
    add_gpu(env->sys_fd, list);
    add_gpu_memory(env->sys_fd, list);
    add_emc(env->sys_fd, list);
}
