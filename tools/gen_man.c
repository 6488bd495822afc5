/* SPDX-License-Identifier: Apache-2.0 */
/* tools/gen_man.c - man pages in mdoc(7), the form that `mandoc -T lint` checks best */
#include <stdio.h>
#include <string.h>

#include "gen_docs.h"

/* Of the text, not of the build: pages are the same whenever they are built. */
#define PAGE_DATE "November 24, 2026"

enum { LINE_MAX_BYTES = 76 };

/* A word of running text. Dashes that begin options are to be copied as typed. */
static void add_word(struct strbuf *out, const char *word, size_t length, bool line_starts)
{
    if (line_starts && (word[0] == '.' || word[0] == '\''))
        strbuf_add(out, "\\&");
    for (size_t i = 0; i < length; i++) {
        bool dash = word[i] == '-' &&
                    (i == 0 || word[i - 1] == '-' || word[i - 1] == '"' || word[i - 1] == '`');

        if (word[i] == '\\')
            strbuf_add(out, "\\e");
        else if (dash)
            strbuf_add(out, "\\-");
        else
            strbuf_add_bytes(out, word + i, 1);
    }
}

/* Text lines under 80 bytes, each sentence on a line of its own; "\n\n" is a new paragraph. */
static void add_text(struct strbuf *out, const char *text)
{
    size_t used = 0;

    while (*text != '\0') {
        size_t length = strcspn(text, " \n");
        bool sentence_ends = length > 0 && (text[length - 1] == '.' || text[length - 1] == ':');

        if (used > 0 && used + 1 + length > LINE_MAX_BYTES) {
            strbuf_add(out, "\n");
            used = 0;
        } else if (used > 0) {
            strbuf_add(out, " ");
        }
        add_word(out, text, length, used == 0);
        used += length + 1;
        text += length;
        if (strncmp(text, "\n\n", 2) == 0) {
            strbuf_add(out, "\n.Pp\n");
            used = 0;
        } else if (sentence_ends && *text != '\0') {
            strbuf_add(out, "\n");
            used = 0;
        }
        text += strspn(text, " \n");
    }
    if (used > 0)
        strbuf_add(out, "\n");
}

/* Summaries are lower case and have no full stop; pages have sentences. */
static void add_sentence(struct strbuf *out, const char *text)
{
    size_t start = out->length;

    add_text(out, text);
    if (out->length == 0)
        return;
    if (out->text[start] >= 'a' && out->text[start] <= 'z')
        out->text[start] = (char)(out->text[start] - 'a' + 'A');
    out->text[out->length - 1] = '.';
    strbuf_add(out, "\n");
}

/* alias: another name that it is found by; NULL: it has none */
static void add_head(struct strbuf *out, const char *page, int section, const char *alias,
                     const char *summary)
{
    strbuf_add(out, ".\\\" SPDX-License-Identifier: Apache-2.0\n"
                    ".\\\" Made from the tables of commands and options; do not edit.\n"
                    ".Dd " PAGE_DATE "\n.Dt ");
    for (const char *at = page; *at != '\0'; at++)
        strbuf_printf(out, "%c", *at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
    strbuf_printf(out, " %d\n.Os\n.Sh NAME\n.Nm %s", section, page);
    if (alias != NULL)
        strbuf_printf(out, " ,\n.Nm aico2-%s", alias);
    strbuf_add(out, "\n.Nd ");
    add_text(out, summary);
}

/* "CMD [ARG...]" as macros: brackets are .Op, the dots stay. */
static void add_operands(struct strbuf *out, const char *operands)
{
    while (*operands != '\0') {
        size_t length = strcspn(operands, " ");
        size_t start = operands[0] == '[' ? 1 : 0;
        size_t end = start > 0 ? length - 1 : length;
        size_t name = strcspn(operands + start, ".]");

        if (operands[start] == '-')
            strbuf_add(out, ".Op Fl -\n");
        else
            strbuf_printf(out, ".%sAr %.*s%s\n", start > 0 ? "Op " : "",
                          (int)(name < end - start ? name : end - start), operands + start,
                          operands[end - 1] == '.' ? " ..." : "");
        operands += length;
        operands += strspn(operands, " ");
    }
}

static void add_choices(struct strbuf *out, const struct option_row *row)
{
    const char *at = row->choices;

    if (at == NULL)
        return;
    strbuf_add(out, "One of\n");
    while (*at != '\0') {
        size_t length = strcspn(at, "|");

        strbuf_printf(out, ".Cm %.*s%s\n", (int)length, at, at[length] == '\0' ? " ." : " ,");
        at += length;
        if (*at == '|')
            at++;
    }
}

static void add_option_text(struct strbuf *out, const struct option_row *row, uint32_t commands)
{
    const char *fallback = commands == COMMAND_RUN && row->fallback_of_run != NULL
                               ? row->fallback_of_run : row->fallback;
    char range[80];

    add_sentence(out, row->summary);
    add_choices(out, row);
    range[0] = '\0';
    if (row->type == OPTION_NUMBER || row->type == OPTION_INTEGER || row->type == OPTION_DURATION)
        option_range(row, range, sizeof(range));
    if (range[0] != '\0')
        strbuf_printf(out, "From %s.\n", range);
    if (row->type == OPTION_FLAG && docs_shows_negation(row))
        strbuf_add(out, "On by default.\n");
    else if (row->type != OPTION_FLAG && fallback != NULL)
        strbuf_printf(out, "The default is\n.Cm %s .\n", fallback);
    if (commands == COMMAND_EVERY && row->fallback_of_run != NULL)
        strbuf_printf(out, "For\n.Ic run\nit is\n.Cm %s .\n", row->fallback_of_run);
}

static void add_options(struct strbuf *out, const struct command *command)
{
    strbuf_add(out, "The options are:\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        const struct option_row *row = &option_rows[i];

        if ((row->commands & command->bit) == 0)
            continue;
        strbuf_add(out, ".It ");
        if (row->letter != 0)
            strbuf_printf(out, "Fl %c , ", row->letter);
        strbuf_printf(out, "Fl -%s", row->name);
        if (docs_shows_negation(row))
            strbuf_printf(out, " , Fl -no-%s", row->name);
        if (row->argument != NULL)
            strbuf_printf(out, " Ar %s", row->argument);
        strbuf_add(out, "\n");
        add_option_text(out, row, command->bit);
    }
    strbuf_add(out, ".It Fl h , Fl -help\nPrint the help of the command.\n"
                    ".It Fl -version\nPrint the version.\n.El\n");
    strbuf_add(out, ".Pp\nA flag that a file or the environment has set is turned off by\n"
                    ".Fl -no- Ns Ar flag .\n"
                    "Of an option given twice the last one counts.\n");
}

static void add_environment(struct strbuf *out, bool of_run)
{
    strbuf_add(out, ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n"
                    ".It Ev AICO2_ Ns Ar OPTION\n"
                    "The value of an option: its long name in capitals, with underscores in place\n"
                    "of dashes, as in\n.Ev AICO2_INTENSITY_FILE .\n"
                    "A flag is\n.Cm true\nor\n.Cm false .\nAn empty value is none.\n"
                    ".It Ev NO_COLOR , CLICOLOR_FORCE , TERM\n"
                    "Whether text is coloured.\n"
                    ".It Ev XDG_CONFIG_HOME , XDG_DATA_HOME , XDG_STATE_HOME , XDG_CACHE_HOME , HOME\n"
                    "Where the user's configuration and keys, history and calibration, services and\n"
                    "queues, and fetched intensities are.\n"
                    ".It Ev LC_ALL , LC_CTYPE , LANG\n"
                    "Whether text may hold more than ASCII.\n"
                    "Figures have a point in every locale.\n"
                    ".It Ev TZ\n"
                    "The zone of the times in lists, and the country that is suggested.\n");
    if (of_run)
        strbuf_add(out, ".It Ev AICO2_PROVIDER_TOKEN\n"
                        "The key of that provider; see\n.Xr aico2-access 5 .\n"
                        "The command that is measured does not get it.\n"
                        ".It Ev PATH\n"
                        "Where the command is looked for.\n"
                        ".It Ev XDG_RUNTIME_DIR\n"
                        "Where the ranks of a training meet;\n.Pa /tmp/aico2-UID\nwithout it.\n"
                        ".It Ev CUDA_VISIBLE_DEVICES\n"
                        "Which instances of a divided GPU (MIG) are the command's, where nothing tells\n"
                        "whose work it does.\n"
                        ".It Ev SLURM_JOB_ID , PBS_JOBID , LSB_JOBID , KUBERNETES_SERVICE_HOST\n"
                        "With others of these: labels of the run.\n"
                        ".It Ev RANK , WORLD_SIZE , OMPI_COMM_WORLD_RANK , PMI_RANK , TORCHELASTIC_RUN_ID\n"
                        "With others of these: which rank of which training it is.\n"
                        ".It Ev AICO2_RUN_ID\n"
                        "Set for the command that is measured: the identifier of its run.\n");
    strbuf_add(out, ".El\n");
}

static void add_files(struct strbuf *out, const char *see)
{
    strbuf_add(out, ".Sh FILES\n.Bl -tag -width Ds\n");
    for (const struct exit_row *row = file_rows; row->status != NULL; row++) {
        strbuf_printf(out, ".It Pa %s\n", row->status);
        add_sentence(out, row->meaning);
    }
    strbuf_printf(out, ".El\n.Pp\nThe command line wins over the environment, and that over the files in\n"
                    "this order%s\n", see);
}

static void add_history_files(struct strbuf *out)
{
    strbuf_add(out, ".Pp\nThe history, where\n.Fl -db\nnames no other:\n.Bl -tag -width Ds\n"
                    ".It Pa $XDG_DATA_HOME/aico2/history.db\n"
                    "Of the user;\n.Pa ~/.local/share\nwhen the variable is not set.\n"
                    ".It Pa /var/lib/aico2/history.db\nOf root.\n"
                    ".It Pa history.d/\n"
                    "Beside it, with a file per run, on a file system that other hosts share.\n"
                    ".El\n");
}

static void add_statuses(struct strbuf *out, const struct exit_row *rows)
{
    strbuf_add(out, ".Sh EXIT STATUS\n.Bl -tag -width Ds\n");
    for (; rows->status != NULL; rows++) {
        strbuf_printf(out, ".It %s\n", rows->status);
        add_sentence(out, rows->meaning);
    }
    strbuf_add(out, ".El\n");
}

/* What is to be typed, letter by letter: a macro takes quotes for its own, and a terminal gets others for some. */
static void add_typed(struct strbuf *out, const char *line)
{
    static const struct {
        char letter;
        const char *escape;
    } escapes[] = { { '-', "\\-" },   { '"', "\\(dq" }, { '\'', "\\(aq" }, { '`', "\\(ga" },
                    { '^', "\\(ha" }, { '~', "\\(ti" }, { '\\', "\\e" } };

    for (; *line != '\0'; line++) {
        const char *escape = NULL;

        for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
            if (*line == escapes[i].letter)
                escape = escapes[i].escape;
        if (escape != NULL)
            strbuf_add(out, escape);
        else
            strbuf_add_bytes(out, line, 1);
    }
}

static void add_examples(struct strbuf *out, const struct command *command)
{
    strbuf_add(out, ".Sh EXAMPLES\n");
    for (size_t i = 0; i < COMMAND_EXAMPLES_MAX && command->examples[i].line != NULL; i++) {
        const struct command_example *example = &command->examples[i];

        strbuf_printf(out, "%s%c%s:\n.Pp\n.Dl ", i == 0 ? "" : ".Pp\n",
                      example->what[0] >= 'a' && example->what[0] <= 'z'
                          ? example->what[0] - 'a' + 'A' : example->what[0],
                      example->what + 1);
        add_typed(out, example->line);
        strbuf_add(out, "\n");
    }
}

/* What keeps running is for who runs a machine. */
static int section_of(const struct command *command)
{
    return command->bit == COMMAND_SERVE ? 8 : 1;
}

static void man_command(struct strbuf *out, const struct command *command)
{
    char page[64];

    (void)snprintf(page, sizeof(page), "aico2-%s", command->name);
    add_head(out, page, section_of(command), command_alias(command), command->summary);
    strbuf_printf(out, ".Sh SYNOPSIS\n.Nm aico2 %s\n.Op Ar option ...\n", command->name);
    add_operands(out, command->operands);
    strbuf_add(out, ".Sh DESCRIPTION\n");
    add_text(out, command->description);
    strbuf_add(out, ".Pp\n");
    add_options(out, command);
    add_environment(out, command->bit == COMMAND_RUN);
    add_files(out, "; see\n.Xr aico2.yml 5 .");
    if ((option_rows[OPT_DB].commands & command->bit) != 0)
        add_history_files(out);
    add_statuses(out, command->bit == COMMAND_RUN ? exit_rows_run : exit_rows);
    add_examples(out, command);
    strbuf_add(out, ".Sh SEE ALSO\n.Xr aico2 1 ,\n.Xr aico2.yml 5\n");
}

static void man_program(struct strbuf *out)
{
    add_head(out, "aico2", 1, NULL, "energy and carbon of a training");
    strbuf_add(out, ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar option ...\n"
                    ".Nm\n.Fl -version\n.Nm\n.Fl -help\n.Sh DESCRIPTION\n.Nm\n");
    add_text(out, "measures the energy that a command uses and computes the carbon of it. Every figure "
                  "says whether it was measured, modelled or assumed, and between which bounds it "
                  "lies.");
    strbuf_add(out, ".Pp\nThe commands are:\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < command_row_count; i++) {
        strbuf_printf(out, ".It Ic %s\n", command_rows[i].name);
        add_sentence(out, command_rows[i].summary);
        strbuf_printf(out, "See\n.Xr aico2-%s %d .\n", command_rows[i].name,
                      section_of(&command_rows[i]));
    }
    strbuf_add(out, ".El\n.Pp\n");
    add_text(out, "Results go to standard output, the rest to standard error. Durations are 500ms, "
                  "10s, 5m, 8h, 2d or plain seconds; times are RFC 3339 or unix seconds.");
    add_environment(out, true);
    add_files(out, "; see\n.Xr aico2.yml 5 .");
    add_history_files(out);
    add_statuses(out, exit_rows);
    strbuf_add(out, ".Pp\n.Ic run\nends with the status of the command; see\n.Xr aico2-run 1 .\n");
    add_examples(out, &command_rows[0]);
    strbuf_add(out, ".Sh SEE ALSO\n");
    strbuf_add(out, ".Xr aico2-run 1 ,\n.Xr aico2-csv 5 ,\n.Xr aico2-history 5 ,\n"
                    ".Xr aico2-report 5 ,\n.Xr aico2.yml 5\n");
}

static void man_file(struct strbuf *out)
{
    add_head(out, "aico2.yml", 5, NULL, "configuration of aico2");
    strbuf_add(out, ".Sh DESCRIPTION\n");
    add_text(out, "A file holds lines of \"option: value\" in YAML, with the long names of options as "
                  "keys. Every value is taken as text and means what it means on the command line: "
                  "\"country: NO\" is Norway. A flag is true or false. An unknown key, a key given "
                  "twice, a list or a nested mapping is an error, and nothing is measured until it "
                  "is mended.\n\n"
                  "Of the files the nearer wins: that of the project over that of the user over that "
                  "of the machine; the environment and the command line win over all.");
    strbuf_add(out, ".Pp\n");
    add_text(out, "The options that say where the machine is (country, region, cloud, zone, intensity, "
                  "intensity-file) go together: a source that gives one of them replaces all those of "
                  "the weaker sources.");
    strbuf_add(out, ".Pp\nThe keys are:\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        const struct option_row *row = &option_rows[i];

        strbuf_printf(out, ".It Cm %s : Ar %s\n", row->name,
                      row->argument == NULL ? "true | false" : row->argument);
        add_option_text(out, row, COMMAND_EVERY);
        if (row->local_file)
            strbuf_add(out, "May stand in a project's file.\n");
    }
    strbuf_add(out, ".El\n");
    add_files(out, ".");
    strbuf_add(out, ".Sh EXAMPLES\n.Bd -literal -offset indent\n"
                    "# ~/.config/aico2/aico2.yml\ncountry: FR\npue: 1.2\ninterval: 500ms\n.Ed\n"
                    ".Sh SEE ALSO\n.Xr aico2 1 ,\n.Xr aico2-config 1\n"
                    ".Sh SECURITY CONSIDERATIONS\n");
    add_text(out, "The project's file comes with a cloned repository; so it may set no option that "
                  "names a file, a library or a database.");
}

int docs_man(struct strbuf *out, const char *page)
{
    const struct command *command;

    if (strcmp(page, "aico2") == 0) {
        man_program(out);
        return 0;
    }
    if (strcmp(page, "aico2.yml") == 0) {
        man_file(out);
        return 0;
    }
    if (strncmp(page, "aico2-", 6) != 0)
        return -1;
    command = command_find(page + 6);
    if (command == NULL)
        return -1;
    if (strcmp(command->name, page + 6) == 0)
        man_command(out, command);
    else /* by its other name: one page, found twice */
        strbuf_printf(out, ".so man%d/aico2-%s.%d\n", section_of(command), command->name,
                      section_of(command));
    return 0;
}
