/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_config.c - `aico2 config`: every option with its value and where it came from */
#include <stdio.h>
#include <string.h>

#include "base/csv.h"
#include "base/json_out.h"
#include "base/text.h"
#include "cli/commands.h"

enum { VALUE_COLUMNS = 24 };

/* A shorthand of another option has no value of its own. */
static bool is_shown(enum option_id id)
{
    return id != OPT_JSON;
}

static void write_json(struct strbuf *out, const struct options *options)
{
    struct json_out json;

    json_out_init(&json, out);
    json_object_begin(&json, NULL);
    json_array_begin(&json, "options");
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        const struct option_value *value = &options->values[i];

        if (!is_shown((enum option_id)i))
            continue;
        json_object_begin(&json, NULL);
        json_string(&json, "key", option_rows[i].name);
        json_string(&json, "value", value->text);
        json_string(&json, "origin", option_origin_name(value->origin));
        json_string(&json, "where", value->where[0] == '\0' ? NULL : value->where);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
}

static void write_csv(struct strbuf *out, const struct options *options)
{
    strbuf_add(out, "key,value,origin,where\r\n");
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        const struct option_value *value = &options->values[i];

        if (!is_shown((enum option_id)i))
            continue;
        csv_add_cell(out, true, false, option_rows[i].name);
        csv_add_cell(out, false, false, value->text == NULL ? "" : value->text);
        csv_add_cell(out, false, false, option_origin_name(value->origin));
        csv_add_cell(out, false, false, value->where);
        strbuf_add(out, "\r\n");
    }
}

/* The longest name and a blank. */
static int key_columns(void)
{
    size_t longest = 0;

    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        size_t length = strlen(option_rows[i].name);

        longest = length > longest ? length : longest;
    }
    return (int)longest + 1;
}

static void write_text(struct strbuf *out, const struct options *options, struct text_style style)
{
    strbuf_printf(out, "%-*s%-*s%s\n", key_columns(), "option", VALUE_COLUMNS, "value", "from");
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        const struct option_value *value = &options->values[i];
        char text[128] = "-";
        size_t columns;

        if (!is_shown((enum option_id)i))
            continue;
        if (value->text != NULL)
            text_copy_clean(text, sizeof(text), value->text);
        else if (style.unicode)
            (void)snprintf(text, sizeof(text), "\xe2\x80\x93");
        columns = text_columns(text);
        strbuf_printf(out, "%-*s%s%*s", key_columns(), option_rows[i].name, text,
                      columns < VALUE_COLUMNS ? (int)(VALUE_COLUMNS - columns) : 2, "");
        strbuf_printf(out, "%s\n",
                      value->where[0] != '\0' ? value->where : option_origin_name(value->origin));
    }
}

int cmd_config(struct cli *cli)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    switch (cli_format(cli)) {
    case CLI_JSON:
        write_json(&text, &cli->options);
        break;
    case CLI_CSV:
        write_csv(&text, &cli->options);
        break;
    case CLI_TEXT:
        write_text(&text, &cli->options, cli->out_style);
        break;
    }
    return cli_print(cli, &text);
}
