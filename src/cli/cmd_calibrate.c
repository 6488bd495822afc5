/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_calibrate.c - `aico2 calibrate`: what this machine draws at rest and at full load */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lines.h"
#include "cli/commands.h"
#include "session/calibration/calibrate.h"
#include "session/calibration/file.h"

static void print_log(void *payload, enum log_level level, const char *line)
{
    if (level <= LOG_WARNING)
        cli_warning(payload, "%s", line);
}

static void say(const char *format, double seconds)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf line = { 0 };

    strbuf_printf(&line, "aico2 calibrate: ");
    strbuf_printf(&line, "%s, %.0f s\n", format, seconds);
    (void)cli_write(STDERR_FILENO, &line, NULL);
}

static void tell_step(void *payload, enum calibrate_step step, int64_t duration_ns)
{
    (void)payload;
    say(step == CALIBRATE_IDLE ? "idle: please leave the machine alone"
                               : "load: all CPUs are kept busy, with the lowest claim to them",
        seconds_from_ns(duration_ns));
}

/* Nobody's CPUs are taken without being asked for. */
static bool may_load(const struct cli *cli)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf question = { 0 };
    char answer[16];

    /* consent is for this time: AICO2_LOAD is none */
    if (options_origin(&cli->options, OPT_LOAD) == ORIGIN_COMMAND_LINE)
        return options_flag(&cli->options, OPT_LOAD);
    if (isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1)
        return false;
    strbuf_printf(
        &question,
        "aico2 calibrate: after %.0f s idle, may all CPUs be kept busy for %.0f s? [y/N] ",
        seconds_from_ns(options_integer(&cli->options, OPT_IDLE_TIME)),
        seconds_from_ns(options_integer(&cli->options, OPT_LOAD_TIME)));
    (void)cli_write(STDERR_FILENO, &question, NULL);
    return fgets(answer, sizeof(answer), stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}

/* A captured machine's calibration is none of this one's. */
static int find_path(const struct cli *cli, char path_out[PATH_MAX], struct aico2_error *err)
{
    const char *given = options_text(&cli->options, OPT_CALIBRATION);
    struct utsname name;

    if (given != NULL) {
        if (snprintf(path_out, PATH_MAX, "%s", given) >= PATH_MAX)
            return aico2_error_set(err, -ENAMETOOLONG, "--calibration: the name is too long");
        return 0;
    }
    if (options_text(&cli->options, OPT_SYSROOT) != NULL)
        return aico2_error_set(err, -EINVAL,
                               "--sysroot: say with --calibration FILE where the "
                               "calibration of that machine is to be kept");
    if (uname(&name) != 0)
        return aico2_error_set_errno(err, errno, "no host name");
    return calibration_default_path(name.nodename, path_out, PATH_MAX, err);
}

static int print(const struct cli *cli, const struct calibration_document *document)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (cli_format(cli) == CLI_JSON)
        write_calibration_json(&text, document);
    else if (cli_format(cli) == CLI_CSV)
        calibration_format(document->calibration, &text);
    else
        write_calibration_text(&text, document, cli->out_style);
    return cli_print(cli, &text);
}

static int calibrate_to(struct cli *cli, const char *path)
{
    struct log log = { .write = print_log, .payload = cli };
    struct calibrate_options options = {
        .idle_ns = options_integer(&cli->options, OPT_IDLE_TIME),
        .load_ns = may_load(cli) ? options_integer(&cli->options, OPT_LOAD_TIME) : 0,
        .meter_path = options_text(&cli->options, OPT_METER),
        .sysroot = options_text(&cli->options, OPT_SYSROOT),
        .nvml_path = options_text(&cli->options, OPT_NVML),
        .log = &log,
        .on_step = tell_step,
    };
    struct calibration calibration = CALIBRATION_NULL;
    char hash[HARDWARE_HASH_SIZE];
    struct calibration_document document = { .path = path, .hash = hash };
    struct aico2_error err = { 0 };
    int r = calibrate(&options, &calibration, &document.warnings, &document.warning_count, &err);
    int status;

    if (r == 0)
        r = calibration_write(path, &calibration, &err);
    document.calibration = &calibration;
    calibration_hardware_hash(&calibration.basis, hash);
    if (r == 0 && geteuid() == 0 && !calibration_is_reachable(path))
        (void)lines_add(&document.warnings, &document.warning_count,
                        "other users' runs cannot reach it: chmod o+x its folders");
    status = r < 0 ? cli_fail(cli, &err) : print(cli, &document);
    lines_free(document.warnings, document.warning_count);
    calibration_deinit(&calibration);
    return status;
}

int cmd_calibrate(struct cli *cli)
{
    struct aico2_error err = { 0 };
    char path[PATH_MAX];

    if (find_path(cli, path, &err) < 0)
        return cli_fail(cli, &err);
    return calibrate_to(cli, path);
}
