/* SPDX-License-Identifier: Apache-2.0 */
/* cli/training.c - the options of `run` that tell of a training: its epochs and its log */
#include "cli/training.h"

#include <errno.h>

#include "base/array.h"

/* What says nothing without a log. */
static int check_log(const struct options *options, struct aico2_error *err)
{
    static const enum option_id need_log[] = { OPT_EPOCHS, OPT_EPOCH_REGEX, OPT_EPOCH_AT };

    for (size_t i = 0; i < ARRAY_LENGTH(need_log); i++) {
        if (options_origin(options, need_log[i]) == ORIGIN_COMMAND_LINE)
            return aico2_error_set(err, -EINVAL,
                                   "--%s '%s': name the log that the command writes (--epoch-log)",
                                   option_rows[need_log[i]].name,
                                   options_text(options, need_log[i]));
    }
    return 0;
}

int training_from_options(const struct cli *cli, struct session_options *session,
                          struct aico2_error *err)
{
    const struct options *options = &cli->options;

    session->epoch_log = options_text(options, OPT_EPOCH_LOG);
    if (session->epoch_log == NULL)
        return check_log(options, err);
    if (options_given(options, OPT_EPOCHS))
        session->epochs = (double)options_integer(options, OPT_EPOCHS);
    session->epoch_regex = options_text(options, OPT_EPOCH_REGEX);
    session->epoch_at = (enum epoch_at)options_integer(options, OPT_EPOCH_AT);
    return 0;
}
