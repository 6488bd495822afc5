/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_doctor.c - `aico2 doctor`: what cannot be measured, what would mend it, and what that buys */
#include <errno.h>

#include "cli/commands.h"
#include "cli/machine.h"
#include "session/doctor.h"
#include "session/inventory.h"

static int print_doctor(const struct cli *cli, const struct doctor *doctor)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (cli_format(cli) == CLI_JSON)
        write_doctor_json(&text, doctor);
    else if (cli_format(cli) == CLI_CSV)
        write_doctor_csv(&text, doctor);
    else
        write_doctor_text(&text, doctor, cli->out_style);
    return cli_print(cli, &text);
}

/* Shown before anything is written: what cannot be shown is not done. */
static int print_plan(const struct cli *cli, const struct doctor *doctor)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (cli_format(cli) != CLI_TEXT)
        return 0;
    write_doctor_plan(&text, doctor, cli->out_style);
    return cli_print(cli, &text);
}

static int print_applied(const struct cli *cli, const struct doctor *doctor)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (cli_format(cli) != CLI_TEXT)
        return print_doctor(cli, doctor);
    write_doctor_applied(&text, doctor, cli->out_style);
    return cli_print(cli, &text);
}

static void say_failure(const struct cli *cli, const struct aico2_error *err)
{
    const char *sysroot = options_text(&cli->options, OPT_SYSROOT);
    char program[MACHINE_PROGRAM_SIZE];

    machine_program(program);
    if (err->code != -EACCES)
        cli_error(cli, "%s", err->message);
    else
        cli_error(cli, "%s: sudo %s doctor%s%s --apply%s%s", err->message, program,
                  cli->operands.count > 0 ? " " : "",
                  cli->operands.count > 0 ? cli->operands.words[0] : "",
                  sysroot != NULL ? " --sysroot " : "", sysroot != NULL ? sysroot : "");
}

static int apply(const struct cli *cli, struct doctor *doctor)
{
    struct aico2_error err = { 0 };
    bool open = false; /* one of the ways to it */
    int r;

    for (size_t i = 0; i < doctor->check_count; i++)
        open = open || doctor->checks[i].state == READER_USED ||
               doctor->checks[i].state == READER_AVAILABLE;
    doctor_plan(doctor);
    if (doctor->check_count == 0) {
        bool helpless = doctor->named && !open;

        if (cli_format(cli) != CLI_TEXT && print_doctor(cli, doctor) != 0)
            return 1;
        cli_error(cli, "%s",
                  helpless ? "no file would mend it: see the same without --apply"
                           : "nothing to write");
        return helpless ? 1 : 0;
    }
    if (print_plan(cli, doctor) != 0)
        return 1;
    r = doctor_apply(doctor, options_text(&cli->options, OPT_SYSROOT), &err);
    if (r < 0)
        say_failure(cli, &err);
    return print_applied(cli, doctor) != 0 || r < 0 ? 1 : 0;
}

int cmd_doctor(struct cli *cli)
{
    struct aico2_error err = { 0 };
    struct inventory inventory;
    struct doctor doctor;
    int status;

    /* what writes into /etc is asked for each time, not left lying in an environment or a file */
    if (options_flag(&cli->options, OPT_APPLY) &&
        options_origin(&cli->options, OPT_APPLY) != ORIGIN_COMMAND_LINE) {
        cli_error(cli,
                  "apply is set by the environment or a configuration file: it is an option of "
                  "the command line, --apply, alone");
        return 2;
    }
    status = machine_inventory(cli, false, &inventory);
    if (status != 0)
        return status;
    if (doctor_choose(&inventory, cli->operands.count > 0 ? cli->operands.words[0] : NULL,
                      options_text(&cli->options, OPT_SYSROOT), &doctor, &err) < 0) {
        inventory_deinit(&inventory);
        return cli_fail(cli, &err);
    }
    status =
        options_flag(&cli->options, OPT_APPLY) ? apply(cli, &doctor) : print_doctor(cli, &doctor);
    doctor_deinit(&doctor);
    inventory_deinit(&inventory);
    return status;
}
