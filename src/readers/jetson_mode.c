/* SPDX-License-Identifier: Apache-2.0 */
/* readers/jetson_mode.c - the power mode a Jetson runs in, as nvpmodel keeps it
 *
 * nvpmodel, which needs root on some releases, keeps the number of the mode in
 * /var/lib/nvpmodel/status and has the names in /etc/nvpmodel.conf; both are readable by all.
 */
#include "readers/jetson_mode.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fs.h"
#include "base/number.h"
#include "base/text.h"

enum { STATUS_SIZE = 128, CONF_LIMIT = 1 << 20, ID_MAX = 9999 };

static const double WATTS_MAX = 1000;

/* Digits at the start of a text. Return: how many; 0: none, or too many to be an id. */
static size_t parse_id(const char *text, int *id_out)
{
    size_t digits = strspn(text, "0123456789");
    int id = 0;

    if (digits == 0 || digits > 8)
        return 0;
    for (size_t i = 0; i < digits; i++)
        id = id * 10 + (text[i] - '0');
    if (id > ID_MAX)
        return 0;
    *id_out = id;
    return digits;
}

bool jetson_mode_parse_status(const char *text, int *id_out)
{
    static const char key[] = "pmode:";
    const char *at = strstr(text, key);
    size_t digits;
    int id;

    if (at == NULL || (at > text && !isspace((unsigned char)at[-1])))
        return false;
    at += sizeof(key) - 1;
    digits = parse_id(at, &id);
    if (digits == 0 || (at[digits] != '\0' && !isspace((unsigned char)at[digits])))
        return false;
    *id_out = id;
    return true;
}

/* The value of "KEY=value" on a line, up to the next blank. */
static bool find_value(const char *line, size_t length, const char *key, char *value, size_t size)
{
    size_t key_length = strlen(key);

    for (size_t at = 0; at + key_length <= length; at++) {
        size_t end = at + key_length;

        if ((at > 0 && !isspace((unsigned char)line[at - 1])) ||
            strncmp(line + at, key, key_length) != 0)
            continue;
        while (end < length && !isspace((unsigned char)line[end]) && line[end] != '>')
            end++;
        if (end - at - key_length == 0 || end - at - key_length >= size)
            return false;
        memcpy(value, line + at + key_length, end - at - key_length);
        value[end - at - key_length] = '\0';
        return true;
    }
    return false;
}

static bool is_mode_line(const char *line, size_t length)
{
    static const char word[] = "POWER_MODEL";
    size_t at = 0;

    while (at < length && isblank((unsigned char)line[at]))
        at++;
    if (at == length || line[at++] != '<')
        return false;
    while (at < length && isblank((unsigned char)line[at]))
        at++;
    return length - at > sizeof(word) - 1 && strncmp(line + at, word, sizeof(word) - 1) == 0 &&
           isblank((unsigned char)line[at + sizeof(word) - 1]);
}

bool jetson_mode_find_name(const char *conf, int id, char name_out[JETSON_MODE_SIZE])
{
    for (const char *line = conf; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        char number[12];
        char name[JETSON_MODE_SIZE];
        int found = -1;

        if (is_mode_line(line, length) && find_value(line, length, "ID=", number, sizeof(number)) &&
            parse_id(number, &found) == strlen(number) && found == id &&
            find_value(line, length, "NAME=", name, sizeof(name))) {
            text_copy_clean(name_out, JETSON_MODE_SIZE, name);
            return name_out[0] != '\0';
        }
        line += length + (line[length] == '\n');
    }
    return false;
}

double jetson_mode_watts(const char *name)
{
    const char *at = name;

    while (*at != '\0') {
        size_t length = strspn(at, "0123456789.");
        char number[16];
        double watts;

        if (length == 0) {
            at++;
            continue;
        }
        if (at[length] == 'W' && !isalnum((unsigned char)at[length + 1]) &&
            (at == name || at[-1] == '_') && length < sizeof(number)) {
            memcpy(number, at, length);
            number[length] = '\0';
            if (number_parse_double(number, &watts) && watts > 0 && watts <= WATTS_MAX)
                return watts;
        }
        at += length;
    }
    return NAN;
}

bool jetson_mode_read_id(const struct reader_env *env, int *id_out)
{
    char status[STATUS_SIZE];

    return fs_read_text_at(env->root_fd, "var/lib/nvpmodel/status", status, sizeof(status), NULL) >
               0 &&
           jetson_mode_parse_status(status, id_out);
}

bool jetson_mode_read(const struct reader_env *env, char name_out[JETSON_MODE_SIZE])
{
    AICO2_CLEANUP(freep) char *conf = NULL;
    int id;

    if (!jetson_mode_read_id(env, &id))
        return false;
    if (fs_read_all_at(env->etc_fd, "nvpmodel.conf", CONF_LIMIT, &conf, NULL) <= 0 ||
        !jetson_mode_find_name(conf, id, name_out))
        (void)snprintf(name_out, JETSON_MODE_SIZE, "mode %d", id);
    return true;
}
