/* SPDX-License-Identifier: Apache-2.0 */
/* cli/training.c - the options of `run` that tell of a training: its epochs and where they are told */
#include "cli/training.h"

#include <errno.h>

#include "base/array.h"
#include "cli/command_output.h"

/* What says nothing without something to look for epochs in. */
static int check_source(const struct options *options, struct aico2_error *err)
{
    static const enum option_id need_source[] = { OPT_EPOCHS, OPT_EPOCH_REGEX, OPT_EPOCH_AT,
                                                  OPT_VALIDATION_REGEX, OPT_VALIDATION_AT };

    for (size_t i = 0; i < ARRAY_LENGTH(need_source); i++) {
        if (options_origin(options, need_source[i]) == ORIGIN_COMMAND_LINE)
            return aico2_error_set(err, -EINVAL,
                                   "--%s '%s': name the log that the command writes (--epoch-log), "
                                   "or have what it prints looked at (--epoch-output)",
                                   option_rows[need_source[i]].name,
                                   options_text(options, need_source[i]));
    }
    return 0;
}

int training_from_options(const struct cli *cli, const struct command_output *output,
                          struct session_options *session, struct aico2_error *err)
{
    const struct options *options = &cli->options;
    bool asked = options_flag(options, OPT_EPOCH_OUTPUT);

    session->epoch_log = options_text(options, OPT_EPOCH_LOG);
    session->epoch_output = command_output_ring(output);
    if (session->epoch_log != NULL && asked)
        return aico2_error_set(err, -EINVAL,
                               "--epoch-log '%s' and --epoch-output: epochs are looked for in one "
                               "of them",
                               session->epoch_log);
    if (session->epoch_log == NULL && !asked)
        return check_source(options, err);
    if (options_given(options, OPT_EPOCHS))
        session->epochs = (double)options_integer(options, OPT_EPOCHS);
    session->epoch_regex = options_text(options, OPT_EPOCH_REGEX);
    session->epoch_at = (enum epoch_at)options_integer(options, OPT_EPOCH_AT);
    session->validation_regex = options_text(options, OPT_VALIDATION_REGEX);
    session->validation_at = (enum epoch_at)options_integer(options, OPT_VALIDATION_AT);
    if (session->validation_regex == NULL &&
        options_origin(options, OPT_VALIDATION_AT) == ORIGIN_COMMAND_LINE)
        return aico2_error_set(err, -EINVAL,
                               "--validation-at '%s': --validation-regex has to say which lines",
                               options_text(options, OPT_VALIDATION_AT));
    return 0;
}
