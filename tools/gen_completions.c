/* SPDX-License-Identifier: Apache-2.0 */
/* tools/gen_completions.c - completions for bash, zsh and fish */
#include <string.h>

#include "gen_docs.h"

#define NOTICE "# Completion of aico2 for %s; made from its tables, do not edit.\n"

bool docs_takes_file(const struct option_row *row)
{
    return row->argument != NULL &&
           (strcmp(row->argument, "FILE") == 0 || strcmp(row->argument, "PATH") == 0);
}

static bool takes_directory(const struct option_row *row)
{
    return row->argument != NULL && strcmp(row->argument, "DIR") == 0;
}

bool docs_shows_negation(const struct option_row *row)
{
    return row->id == OPT_EMBODIED;
}

/* "a b c" of "a|b|c" */
static void add_choice_words(struct strbuf *out, const struct option_row *row)
{
    for (const char *at = row->choices; *at != '\0'; at++)
        strbuf_add_bytes(out, *at == '|' ? " " : at, 1);
}

/* Its name, and another where it has one. */
static void add_names_of(struct strbuf *out, const struct command *command, const char *between)
{
    const char *alias = command_alias(command);

    strbuf_add(out, command->name);
    if (alias != NULL)
        strbuf_printf(out, "%s%s", between, alias);
}

static void add_command_names(struct strbuf *out)
{
    for (size_t i = 0; i < command_row_count; i++) {
        strbuf_add(out, i == 0 ? "" : " ");
        add_names_of(out, &command_rows[i], " ");
    }
}

/* ---- bash ---- */

/* Which sensors there are, the program knows: readers are no part of the tables here. */
#define SENSORS "aico2 doctor --format csv 2>/dev/null | sed '1d;s/,.*//'"

static void bash_option_words(struct strbuf *out, const struct command *command)
{
    strbuf_add(out, "    ");
    add_names_of(out, command, "|");
    strbuf_add(out, ") words='");
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        const struct option_row *row = &option_rows[i];

        if ((row->commands & command->bit) == 0)
            continue;
        if (row->letter != 0)
            strbuf_printf(out, "-%c ", row->letter);
        strbuf_printf(out, "--%s ", row->name);
        if (docs_shows_negation(row))
            strbuf_printf(out, "--no-%s ", row->name);
    }
    strbuf_add(out, "--help --version");
    if (command->bit == COMMAND_HELP) {
        strbuf_add(out, " ");
        add_command_names(out);
    }
    strbuf_add(out, "'");
    if (command->bit == COMMAND_DOCTOR)
        strbuf_add(out, "\n        [[ $cur == -* ]] || words+=\" $(" SENSORS ")\"");
    strbuf_add(out, " ;;\n");
}

static void bash_values(struct strbuf *out)
{
    strbuf_add(out, "    case $prev in\n");
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        const struct option_row *row = &option_rows[i];

        if (row->argument == NULL)
            continue;
        strbuf_add(out, "    ");
        if (row->letter != 0)
            strbuf_printf(out, "-%c|", row->letter);
        strbuf_printf(out, "--%s) ", row->name);
        if (row->choices != NULL) {
            strbuf_add(out, "COMPREPLY=($(compgen -W '");
            add_choice_words(out, row);
            strbuf_add(out, "' -- \"$cur\"))");
        } else if (docs_takes_file(row)) {
            strbuf_add(out, "compopt -o default 2>/dev/null");
        } else if (takes_directory(row)) {
            strbuf_add(out, "COMPREPLY=($(compgen -d -- \"$cur\"))");
        } else {
            strbuf_add(out, ":");
        }
        strbuf_add(out, "; return ;;\n");
    }
    strbuf_add(out, "    esac\n");
}

/* The options that take the next word: to find where the command of `run` begins. */
static void bash_run_offset(struct strbuf *out)
{
    bool first = true;

    strbuf_add(out, "    if [[ ${COMP_WORDS[1]} == run ]]; then\n"
                    "        for ((i = 2; i < COMP_CWORD; i++)); do\n"
                    "            case ${COMP_WORDS[i]} in\n"
                    "            --) ((i++)); break ;;\n"
                    "            ");
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        const struct option_row *row = &option_rows[i];

        if ((row->commands & COMMAND_RUN) == 0 || row->argument == NULL)
            continue;
        strbuf_printf(out, "%s--%s", first ? "" : "|", row->name);
        if (row->letter != 0)
            strbuf_printf(out, "|-%c", row->letter);
        first = false;
    }
    strbuf_add(out, ")\n"
                    "                [[ ${COMP_WORDS[i + 1]} == '=' ]] && ((i++))\n"
                    "                ((i++)) ;;\n"
                    "            -*) ;;\n"
                    "            *) break ;;\n"
                    "            esac\n"
                    "        done\n"
                    "        if ((i < COMP_CWORD)) || [[ ${COMP_WORDS[i - 1]} == -- && $i -eq "
                    "$COMP_CWORD ]]; then\n"
                    "            if declare -F _command_offset >/dev/null; then\n"
                    "                _command_offset $i\n"
                    "            elif ((i == COMP_CWORD)); then\n"
                    "                COMPREPLY=($(compgen -c -- \"$cur\"))\n"
                    "            else\n"
                    "                compopt -o default 2>/dev/null\n"
                    "            fi\n"
                    "            return\n"
                    "        fi\n"
                    "    fi\n");
}

void docs_bash(struct strbuf *out)
{
    strbuf_printf(out, NOTICE, "bash");
    strbuf_add(out, "_aico2()\n{\n"
                    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
                    "    local words='' i\n"
                    "    COMPREPLY=()\n"
                    "    if ((COMP_CWORD == 1)); then\n"
                    "        COMPREPLY=($(compgen -W '");
    add_command_names(out);
    strbuf_add(out, " --help --version' -- \"$cur\"))\n        return\n    fi\n");
    bash_run_offset(out);
    strbuf_add(out, "    # bash cuts --scope=job into three words\n"
                    "    [[ $prev == '=' ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
                    "    [[ $cur == '=' ]] && cur=''\n");
    bash_values(out);
    strbuf_add(out, "    case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < command_row_count; i++)
        bash_option_words(out, &command_rows[i]);
    strbuf_add(out, "    esac\n"
                    "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                    "    if [[ ${COMP_WORDS[1]} == run && $cur != -* ]]; then\n"
                    "        COMPREPLY=($(compgen -c -- \"$cur\"))\n"
                    "    fi\n"
                    "}\n"
                    "complete -F _aico2 aico2\n");
}

/* ---- zsh ---- */

/* Inside single quotes and inside the brackets of an _arguments spec. */
static void zsh_text(struct strbuf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            strbuf_add(out, "'\\''");
        else if (*text == '[' || *text == ']' || *text == ':' || *text == '\\')
            strbuf_printf(out, "\\%c", *text);
        else
            strbuf_add_bytes(out, text, 1);
    }
}

static void zsh_option(struct strbuf *out, const struct option_row *row, const char *dashes,
                       const char *name)
{
    strbuf_printf(out, "      '%s%s", dashes, name);
    if (row->argument != NULL)
        strbuf_add(out, dashes[1] == '\0' ? "+" : "=");
    strbuf_add(out, "[");
    zsh_text(out, row->summary);
    strbuf_add(out, "]");
    if (row->argument != NULL) {
        strbuf_printf(out, ":%s:", row->argument);
        if (row->choices != NULL) {
            strbuf_add(out, "(");
            add_choice_words(out, row);
            strbuf_add(out, ")");
        } else if (docs_takes_file(row)) {
            strbuf_add(out, "_files");
        } else if (takes_directory(row)) {
            strbuf_add(out, "_files -/");
        } else {
            strbuf_add(out, " ");
        }
    }
    strbuf_add(out, "' \\\n");
}

static void zsh_command(struct strbuf *out, const struct command *command)
{
    strbuf_add(out, "  ");
    add_names_of(out, command, "|");
    strbuf_printf(out, ")\n    _arguments -S %s\\\n",
                  command->stops_at_operand ? "-A '-*' " : "");
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        const struct option_row *row = &option_rows[i];

        if ((row->commands & command->bit) == 0)
            continue;
        if (row->letter != 0)
            zsh_option(out, row, "-", (char[]){ row->letter, '\0' });
        zsh_option(out, row, "--", row->name);
        if (docs_shows_negation(row))
            strbuf_printf(out, "      '--no-%s[" DOCS_NEGATION "]' \\\n", row->name);
    }
    strbuf_add(out, "      '(- *)'{-h,--help}'[print this help]' \\\n"
                    "      '(- *)--version[print the version]' \\\n");
    if (command->stops_at_operand) {
        strbuf_add(out, "      '(-)1:command:_command_names -e' '*::arguments:_normal' ;;\n");
    } else if (command->bit == COMMAND_HELP) {
        strbuf_add(out, "      '1:command:(");
        add_command_names(out);
        strbuf_add(out, ")' ;;\n");
    } else if (command->bit == COMMAND_DOCTOR) {
        strbuf_add(out, "      \"1:sensor:($(" SENSORS "))\" ;;\n");
    } else if (command->operands[0] != '\0') {
        strbuf_add(out, "      '*:argument: ' ;;\n");
    } else {
        strbuf_add(out, "      && return ;;\n");
    }
}

void docs_zsh(struct strbuf *out)
{
    strbuf_add(out, "#compdef aico2\n");
    strbuf_printf(out, NOTICE, "zsh");
    strbuf_add(out, "_aico2() {\n  local curcontext=$curcontext\n  local -a commands\n"
                    "  commands=(\n");
    for (size_t i = 0; i < command_row_count; i++) {
        strbuf_printf(out, "    '%s:", command_rows[i].name);
        zsh_text(out, command_rows[i].summary);
        strbuf_add(out, "'\n");
        if (command_alias(&command_rows[i]) != NULL)
            strbuf_printf(out, "    '%s:the same as %s'\n", command_alias(&command_rows[i]),
                          command_rows[i].name);
    }
    strbuf_add(out, "  )\n"
                    "  if (( CURRENT == 2 )); then\n"
                    "    if [[ $PREFIX == -* ]]; then\n"
                    "      compadd -- --help --version\n"
                    "    else\n"
                    "      _describe -t commands 'aico2 command' commands\n"
                    "    fi\n"
                    "    return\n"
                    "  fi\n"
                    "  shift words\n  (( CURRENT-- ))\n"
                    "  curcontext=\"${curcontext%:*}-$words[1]:\"\n"
                    "  case $words[1] in\n");
    for (size_t i = 0; i < command_row_count; i++)
        zsh_command(out, &command_rows[i]);
    strbuf_add(out, "  esac\n}\n\n_aico2 \"$@\"\n");
}

/* ---- fish ---- */

static void fish_text(struct strbuf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            strbuf_add(out, "\\");
        strbuf_add_bytes(out, text, 1);
    }
}

/* The beginning of a line that counts behind the commands that have the option. */
static void fish_behind_commands(struct strbuf *out, const struct option_row *row)
{
    strbuf_add(out, "complete -c aico2 -n '__fish_seen_subcommand_from");
    for (size_t i = 0; i < command_row_count; i++) {
        if ((command_rows[i].bit & row->commands) == 0)
            continue;
        strbuf_add(out, " ");
        add_names_of(out, &command_rows[i], " ");
    }
    strbuf_add(out, "'");
}

static void fish_option(struct strbuf *out, const struct option_row *row)
{
    fish_behind_commands(out, row);
    strbuf_printf(out, " -l %s", row->name);
    if (row->letter != 0)
        strbuf_printf(out, " -s %c", row->letter);
    if (row->choices != NULL) {
        strbuf_add(out, " -x -a '");
        add_choice_words(out, row);
        strbuf_add(out, "'");
    } else if (docs_takes_file(row)) {
        strbuf_add(out, " -r -F");
    } else if (takes_directory(row)) {
        strbuf_add(out, " -x -a '(__fish_complete_directories)'");
    } else if (row->argument != NULL) {
        strbuf_add(out, " -x");
    }
    strbuf_add(out, " -d '");
    fish_text(out, row->summary);
    strbuf_add(out, "'\n");
}

void docs_fish(struct strbuf *out)
{
    strbuf_printf(out, NOTICE, "fish");
    strbuf_add(out, "complete -c aico2 -f\n"
                    "complete -c aico2 -l version -d 'print the version'\n"
                    "complete -c aico2 -s h -l help -d 'print help'\n");
    for (size_t i = 0; i < command_row_count; i++) {
        strbuf_add(out, "complete -c aico2 -n __fish_use_subcommand -a '");
        add_names_of(out, &command_rows[i], " ");
        strbuf_add(out, "' -d '");
        fish_text(out, command_rows[i].summary);
        strbuf_add(out, "'\n");
    }
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        fish_option(out, &option_rows[i]);
        if (docs_shows_negation(&option_rows[i])) {
            fish_behind_commands(out, &option_rows[i]);
            strbuf_printf(out, " -l no-%s -d '" DOCS_NEGATION "'\n", option_rows[i].name);
        }
    }
    strbuf_add(out, "complete -c aico2 -n '__fish_seen_subcommand_from run' -x -a "
                    "'(__fish_complete_subcommand --fcs-skip=2)'\n"
                    "complete -c aico2 -n '__fish_seen_subcommand_from help' -x -a '");
    add_command_names(out);
    strbuf_add(out, "'\n");
    strbuf_add(out, "complete -c aico2 -n '__fish_seen_subcommand_from doctor' -x -a \"(" SENSORS
                    ")\"\n");
}
