/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_event.c - what sysfs says of an event of the perf PMU `power`
 *
 * Linux ABI/testing/sysfs-bus-event_source-devices-events.
 */
#include "readers/rapl_event.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/number.h"

enum { CONFIG_MAX = 0xff };

static int digit_value(char digit)
{
    static const char digits[] = "0123456789abcdef";
    char lower = digit >= 'A' && digit <= 'F' ? (char)(digit - 'A' + 'a') : digit;
    const char *found = lower == '\0' ? NULL : strchr(digits, lower);

    return found == NULL ? -1 : (int)(found - digits);
}

bool rapl_event_parse(const char *text, uint64_t *config_out)
{
    static const char key[] = "event=";
    uint64_t config = 0;
    int base = 10;
    int digit;

    if (strncmp(text, key, sizeof(key) - 1) != 0)
        return false;
    text += sizeof(key) - 1;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    }
    digit = digit_value(*text);
    if (digit < 0 || digit >= base)
        return false;
    for (; (digit = digit_value(*text)) >= 0 && digit < base; text++) {
        config = config * (uint64_t)base + (uint64_t)digit;
        if (config > CONFIG_MAX)
            return false;
    }
    if (text[strspn(text, " \t\r\n")] != '\0')
        return false;
    *config_out = config;
    return true;
}

bool rapl_event_parse_scale(const char *text, double *unit_uj_out)
{
    double joules;

    if (!number_parse_double(text, &joules) || !(joules > 0) || joules > 1)
        return false;
    *unit_uj_out = joules * 1e6;
    return true;
}

static int read_file(int sys_fd, const char *name, const char *suffix, char *text, size_t size)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "bus/event_source/devices/power/events/%s%s", name, suffix);
    return fs_read_text_at(sys_fd, path, text, size, NULL);
}

int rapl_event_read(int sys_fd, const char *name, struct rapl_event *event_out)
{
    struct rapl_event event = { 0 };
    char text[64];
    int r = read_file(sys_fd, name, "", text, sizeof(text));

    if (r < 0)
        return r;
    if (!rapl_event_parse(text, &event.config))
        return -EBADMSG;
    r = read_file(sys_fd, name, ".unit", text, sizeof(text));
    if (r < 0 || strcmp(text, "Joules") != 0)
        return -EBADMSG;
    r = read_file(sys_fd, name, ".scale", text, sizeof(text));
    if (r < 0 || !rapl_event_parse_scale(text, &event.unit_uj))
        return -EBADMSG;
    *event_out = event;
    return 0;
}
