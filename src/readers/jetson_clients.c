/* SPDX-License-Identifier: Apache-2.0 */
/* readers/jetson_clients.c - which processes hold memory of a Jetson's GPU, as root may see
 *
 * nvmap is the driver that GPU memory of a Tegra comes from; its list is in debugfs.
 */
#include "readers/jetson_clients.h"

#include <string.h>

#include "base/fs.h"

enum { DIGITS_MAX = 15 };

/* Digits from the end of a line backwards. Return: whether there are any, and no more than fit. */
static bool take_number(const char *line, size_t *length, uint64_t *value_out)
{
    size_t end = *length;
    size_t begin;
    uint64_t value = 0;

    while (end > 0 && (line[end - 1] == ' ' || line[end - 1] == '\t'))
        end--;
    for (begin = end; begin > 0 && line[begin - 1] >= '0' && line[begin - 1] <= '9';)
        begin--;
    if (begin == end || end - begin > DIGITS_MAX)
        return false;
    for (size_t i = begin; i < end; i++)
        value = value * 10 + (uint64_t)(line[i] - '0');
    *length = begin;
    *value_out = value;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Return: whether the line is one of a process. */
static bool parse_line(const char *line, size_t length, struct process_use *use_out)
{
    uint64_t kib;
    uint64_t pid;

    while (length > 0 && (is_blank(line[length - 1]) || line[length - 1] == '\r'))
        length--;
    if (length < 5 || strncmp(line, "user", 4) != 0 || !is_blank(line[4]) ||
        line[length - 1] != 'K')
        return false;
    length--;
    if (!take_number(line, &length, &kib) || length == 0 || !is_blank(line[length - 1]) ||
        !take_number(line, &length, &pid) || length == 0 || !is_blank(line[length - 1]) ||
        pid == 0 || pid > INT32_MAX)
        return false;
    *use_out =
        (struct process_use){ .pid = (int32_t)pid, .sm_ratio = -1, .memory_bytes = kib * 1024 };
    return true;
}

/* A process with several clients is one. */
static void add(struct jetson_clients *clients, const struct process_use *use)
{
    for (size_t i = 0; i < clients->count; i++) {
        if (clients->items[i].pid == use->pid) {
            clients->items[i].memory_bytes += use->memory_bytes;
            return;
        }
    }
    if (clients->count < JETSON_CLIENTS_MAX)
        clients->items[clients->count++] = *use;
}

void jetson_clients_parse(const char *text, struct jetson_clients *clients_out)
{
    clients_out->count = 0;
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        struct process_use use;

        if (parse_line(text, length, &use))
            add(clients_out, &use);
        text += length + (text[length] == '\n');
    }
}

int jetson_clients_read(int sys_fd, struct jetson_clients *clients_out)
{
    int r =
        fs_read_text_at(sys_fd, JETSON_CLIENTS, clients_out->text, sizeof(clients_out->text), NULL);

    if (r < 0)
        return r;
    jetson_clients_parse(clients_out->text, clients_out);
    return 0;
}

uint64_t jetson_clients_bytes(const struct jetson_clients *clients)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < clients->count; i++)
        sum += clients->items[i].memory_bytes;
    return sum;
}
