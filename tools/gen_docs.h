/* SPDX-License-Identifier: Apache-2.0 */
/* tools/gen_docs.h - the parts of the documentation generator */
#pragma once

#include "base/strbuf.h"
#include "config/options.h"

/* Return: 0, or -1 for a page that does not exist. */
int docs_man(struct strbuf *out, const char *page);
void docs_bash(struct strbuf *out);
void docs_zsh(struct strbuf *out);
void docs_fish(struct strbuf *out);

/* What to complete after an option: its FILE, DIR and PATH arguments name files. */
bool docs_takes_file(const struct option_row *row);
/* --embodied is on unless --no-embodied is given: the one flag whose negation is written out. */
#define DOCS_NEGATION "leave the making of the hardware out"
bool docs_shows_negation(const struct option_row *row);
