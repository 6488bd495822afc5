/* SPDX-License-Identifier: Apache-2.0 */
/* importers/tegrastats_line.h - a line of tegrastats, read by its words
 *
 * What a line holds differs from board to board and from release to release. Powers are "NAME
 * now/mean" in mW: bare (JetPack 4), "now mW/mean mW" without the blanks (5 and 6), three of them
 * (7). The mean is since the program began; only "now" is taken.
 */
#pragma once

#include "importers/jetson_log.h"

struct tegrastats_line {
    struct jetson_moment moment;
    struct jetson_log *learn; /* not NULL: rails that are new are noted there */
    const struct jetson_log *log;
    bool has_ram; /* as every line has */
    bool has_cpu;
    double memory_bytes;
    int cores;
};

/* An empty one. log: whose rails are known. */
struct tegrastats_line tegrastats_line_of(const struct jetson_log *log, struct jetson_log *learn);
/* line: what is behind its time; written on. */
void tegrastats_line_read(char *line, struct tegrastats_line *content);
bool tegrastats_line_is_one(const struct tegrastats_line *content);
/* "331/3964MB" */
bool tegrastats_is_memory(const char *word, size_t length);
