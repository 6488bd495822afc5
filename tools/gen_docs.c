/* SPDX-License-Identifier: Apache-2.0 */
/* tools/gen_docs.c - man pages and shell completions from the tables of commands and options
 *
 *   gen_docs man PAGE      aico2, aico2-COMMAND (section 1, of serve 8) or aico2.yml (section 5), as mdoc(7)
 *   gen_docs bash|zsh|fish
 *
 * Runs on the build machine; links the two tables and a string buffer and nothing else. */
#include "gen_docs.h"

#include <stdio.h>
#include <string.h>

static int generate(struct strbuf *out, int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "man") == 0)
        return docs_man(out, argv[2]);
    if (argc != 2)
        return -1;
    if (strcmp(argv[1], "bash") == 0)
        docs_bash(out);
    else if (strcmp(argv[1], "zsh") == 0)
        docs_zsh(out);
    else if (strcmp(argv[1], "fish") == 0)
        docs_fish(out);
    else
        return -1;
    return 0;
}

int main(int argc, char **argv)
{
    struct strbuf out = { 0 };
    int status = 0;

    if (generate(&out, argc, argv) < 0) {
        (void)fprintf(stderr, "usage: gen_docs man PAGE | bash | zsh | fish\n");
        status = 2;
    } else if (out.failed || fputs(strbuf_text(&out), stdout) == EOF || fflush(stdout) == EOF) {
        (void)fprintf(stderr, "gen_docs: cannot write\n");
        status = 1;
    }
    strbuf_deinit(&out);
    return status;
}
