/* SPDX-License-Identifier: Apache-2.0 */
/* readers/cpuinfo.c - who the processor says it is, from the first block of /proc/cpuinfo */
#include "readers/cpuinfo.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/number.h"
#include "base/text.h"

enum {
    FIRST_BLOCK_SIZE = 16384, /* one x86 block is 2 to 4 KiB, most of it flags and bugs */
    WHOLE_LIMIT = 4 << 20,
    KEY_SIZE = 32,
    SOCKETS_MAX = 1024,
};

/* Splits the line at *cursor into key and value and moves on. The value is a slice of the text. */
static bool next_line(const char **cursor, char key_out[KEY_SIZE], const char **value_out,
                      size_t *length_out)
{
    const char *line = *cursor;
    const char *end = strchrnul(line, '\n');
    const char *colon = memchr(line, ':', (size_t)(end - line));
    size_t key_length = colon == NULL ? 0 : (size_t)(colon - line);

    if (*line == '\0')
        return false;

    *cursor = *end == '\n' ? end + 1 : end;
    while (key_length > 0 && (line[key_length - 1] == ' ' || line[key_length - 1] == '\t'))
        key_length--;
    if (key_length >= KEY_SIZE)
        key_length = 0;
    memcpy(key_out, line, key_length);
    key_out[key_length] = '\0';

    *value_out = colon == NULL ? line : colon + 1;
    *length_out = (size_t)(end - *value_out);
    while (*length_out > 0 && (**value_out == ' ' || **value_out == '\t')) {
        (*value_out)++;
        (*length_out)--;
    }
    return true;
}

static void copy_value(char *target, size_t size, const char *value, size_t length)
{
    char raw[256];

    if (length >= sizeof(raw))
        length = sizeof(raw) - 1;
    memcpy(raw, value, length);
    raw[length] = '\0';
    text_copy_clean(target, size, raw);
}

/* Decimal, or hexadecimal with 0x as ARM has it; -1 when it is neither. */
static int parse_small(const char *value, size_t length)
{
    char text[16];
    char *end;
    unsigned long number;

    if (length == 0 || length >= sizeof(text) || value[0] < '0' || value[0] > '9')
        return -1;
    memcpy(text, value, length);
    text[length] = '\0';

    errno = 0;
    number = strtoul(text, &end, strncasecmp(text, "0x", 2) == 0 ? 16 : 10);
    if (end == text || errno != 0 || number > INT_MAX)
        return -1;
    while (*end == ' ' || *end == '\t' || *end == '\r')
        end++;
    return *end == '\0' ? (int)number : -1;
}

static bool has_word(const char *text, size_t length, const char *word)
{
    size_t word_length = strlen(word);
    const char *end = text + length;

    for (const char *at = text; at < end;) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        const char *stop = space == NULL ? end : space;

        if ((size_t)(stop - at) == word_length && memcmp(at, word, word_length) == 0)
            return true;
        at = stop + 1;
    }
    return false;
}

static void take_field(struct cpuinfo *info, const char *key, const char *value, size_t length)
{
    if (strcmp(key, "vendor_id") == 0) {
        copy_value(info->vendor, sizeof(info->vendor), value, length);
    } else if (strcmp(key, "model name") == 0) {
        copy_value(info->model_name, sizeof(info->model_name), value, length);
    } else if (strcmp(key, "cpu family") == 0) {
        info->family = parse_small(value, length);
    } else if (strcmp(key, "model") == 0) {
        info->model = parse_small(value, length);
    } else if (strcmp(key, "cpu cores") == 0) {
        int cores = parse_small(value, length);

        info->cores_per_socket = cores > 0 ? cores : 0;
    } else if (strcmp(key, "CPU implementer") == 0) {
        info->arm_implementer = parse_small(value, length);
    } else if (strcmp(key, "CPU part") == 0) {
        info->arm_part = parse_small(value, length);
    } else if (strcmp(key, "flags") == 0) {
        info->has_flags = true;
        info->hypervisor = has_word(value, length, "hypervisor");
    }
}

void cpuinfo_parse(const char *text, struct cpuinfo *info_out)
{
    struct cpuinfo info = {
        .family = -1,
        .model = -1,
        .arm_implementer = -1,
        .arm_part = -1,
    };
    char key[KEY_SIZE];
    const char *value;
    size_t length;
    bool started = false;

    while (next_line(&text, key, &value, &length)) {
        if (key[0] == '\0' && started && length == 0)
            break; /* the blank line after the first processor */
        if (strcmp(key, "processor") == 0) {
            if (started)
                break;
            started = true;
        }
        if (key[0] != '\0')
            take_field(&info, key, value, length);
    }
    if (info.arm_implementer >= 0) {
        (void)snprintf(info.vendor, sizeof(info.vendor), "0x%x", (unsigned)info.arm_implementer);
        if (info.model_name[0] == '\0' && info.arm_part >= 0)
            (void)snprintf(info.model_name, sizeof(info.model_name),
                           "implementer 0x%02x part 0x%03x", (unsigned)info.arm_implementer,
                           (unsigned)info.arm_part);
    }
    *info_out = info;
}

void cpuinfo_read(int proc_fd, struct cpuinfo *info_out)
{
    AICO2_CLEANUP(fd_closep) int fd = fs_open_at(proc_fd, "cpuinfo", NULL);
    char text[FIRST_BLOCK_SIZE];
    size_t used = 0;

    text[0] = '\0';
    while (fd >= 0 && used < sizeof(text) - 1) {
        ssize_t got = pread(fd, text + used, sizeof(text) - 1 - used, (off_t)used);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        used += (size_t)got;
        text[used] = '\0';
        if (strstr(text, "\n\n") != NULL)
            break;
    }
    cpuinfo_parse(text, info_out);
}

void cpuinfo_count_text(const char *text, int *processors_out, int *sockets_out)
{
    unsigned char seen[SOCKETS_MAX / 8] = { 0 };
    char key[KEY_SIZE];
    const char *value;
    size_t length;

    *processors_out = 0;
    *sockets_out = 0;
    while (next_line(&text, key, &value, &length)) {
        int id;

        if (strcmp(key, "processor") == 0 && parse_small(value, length) >= 0)
            (*processors_out)++;
        if (strcmp(key, "physical id") != 0)
            continue;
        id = parse_small(value, length);
        if (id < 0 || id >= SOCKETS_MAX || (seen[id / 8] & 1u << id % 8) != 0)
            continue;
        seen[id / 8] |= (unsigned char)(1u << id % 8);
        (*sockets_out)++;
    }
}

void cpuinfo_count(int proc_fd, int *processors_out, int *sockets_out)
{
    AICO2_CLEANUP(freep) char *text = NULL;

    *processors_out = 0;
    *sockets_out = 0;
    if (fs_read_all_at(proc_fd, "cpuinfo", WHOLE_LIMIT, &text, NULL) >= 0)
        cpuinfo_count_text(text, processors_out, sockets_out);
}

bool cpuinfo_is_amd(const struct cpuinfo *info)
{
    return strcmp(info->vendor, "AuthenticAMD") == 0 || strcmp(info->vendor, "HygonGenuine") == 0;
}

static bool is_in(int number, const int *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == number)
            return true;
    }
    return false;
}

/* Model numbers of family 6: Linux arch/x86/include/asm/intel-family.h. */
bool cpuinfo_is_early_intel(const struct cpuinfo *info)
{
    static const int early[] = { 42, 45, 58, 62 };

    return strcmp(info->vendor, "GenuineIntel") == 0 && info->family == 6 &&
           is_in(info->model, early, ARRAY_LENGTH(early));
}

bool cpuinfo_is_intel_server(const struct cpuinfo *info)
{
    /* Xeon E3, E-2xxx and W-1xxx are desktop silicon under a server's name. */
    static const int client[] = { 60,  69,  70,  61,  71,  78,  94,  142, 158, 165,
                                  166, 167, 125, 126, 140, 141, 151, 154, 183, 186,
                                  191, 170, 172, 189, 197, 198, 181, 204 };
    static const int server[] = { 45,  62,  63,  79,  86,  85,  87,  133,
                                  106, 108, 143, 207, 173, 174, 175, 221 };

    if (strcmp(info->vendor, "GenuineIntel") != 0)
        return false;
    if (info->family == 6 && is_in(info->model, server, ARRAY_LENGTH(server)))
        return true;
    if (info->family == 6 && is_in(info->model, client, ARRAY_LENGTH(client)))
        return false;
    return strstr(info->model_name, "Xeon") != NULL;
}
