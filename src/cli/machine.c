/* SPDX-License-Identifier: Apache-2.0 */
/* cli/machine.c - the machine that `devices` and `doctor` are asked about */
#include "cli/machine.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "cli/calibrated.h"
#include "session/inventory.h"

static const int64_t DRIVER_WAIT_NS = 5 * NSEC_PER_SEC;
static const int64_t WATCH_NS = 100 * NSEC_PER_MSEC;

/* Where secure_path of sudoers points. */
static bool is_found_by_sudo(const char *path)
{
    static const char *const folders[] = { "/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/",
                                           "/usr/bin/",        "/sbin/",          "/bin/" };

    for (size_t i = 0; i < ARRAY_LENGTH(folders); i++) {
        size_t length = strlen(folders[i]);

        if (strncmp(path, folders[i], length) == 0 && strcmp(path + length, CLI_PROGRAM) == 0)
            return true;
    }
    return false;
}

static bool needs_quotes(const char *path)
{
    return strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-") !=
           strlen(path);
}

void machine_program(char program_out[MACHINE_PROGRAM_SIZE])
{
    ssize_t length = readlink("/proc/self/exe", program_out, MACHINE_PROGRAM_SIZE);

    if (length > 0 && length < MACHINE_PROGRAM_SIZE) {
        program_out[length] = '\0';
        if (!is_found_by_sudo(program_out) && !needs_quotes(program_out))
            return;
    }
    (void)snprintf(program_out, MACHINE_PROGRAM_SIZE, "%s", CLI_PROGRAM);
}

int machine_inventory(const struct cli *cli, bool gauges, struct inventory *inventory_out)
{
    bool stands_still = options_text(&cli->options, OPT_SYSROOT) != NULL;
    struct calibration calibration = CALIBRATION_NULL;
    struct aico2_error err = { 0 };
    char program[MACHINE_PROGRAM_SIZE];
    bool calibrated = false;
    int r = calibrated_read(cli, &calibration, &calibrated, &err);
    const struct inventory_options asked = {
        .sysroot = options_text(&cli->options, OPT_SYSROOT),
        .nvml_path = options_text(&cli->options, OPT_NVML),
        .program = program,
        .wait_ns = DRIVER_WAIT_NS,
        .gauges = gauges,
        .watch_ns = gauges || stands_still ? 0 : WATCH_NS,
        .calibration = calibrated ? &calibration : NULL,
    };

    machine_program(program);
    if (r == 0)
        r = inventory_make(&asked, inventory_out, &err);
    calibration_deinit(&calibration);
    if (r == 0)
        return 0;
    cli_error(cli, "%s", err.message);
    return 2;
}
