/* SPDX-License-Identifier: Apache-2.0 */
/* readers/jetson_clients.h - which processes hold memory of a Jetson's GPU, as root may see */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/sample.h"

#define JETSON_CLIENTS "kernel/debug/nvmap/iovmm/clients"

enum { JETSON_CLIENTS_MAX = 256, JETSON_CLIENTS_TEXT = 32768 };

struct jetson_clients {
    struct process_use items[JETSON_CLIENTS_MAX]; /* one for each process */
    size_t count;
    char text[JETSON_CLIENTS_TEXT]; /* of the file: a reading allocates nothing */
};

/* "user  python3  4242  1048576K" a line; a name may hold blanks. Other lines are passed over. */
void jetson_clients_parse(const char *text, struct jetson_clients *clients_out);

/* The list of now. Return: 0 or -errno; -EMSGSIZE: it is longer than there is room for. */
int jetson_clients_read(int sys_fd, struct jetson_clients *clients_out);
/* Memory of all of them. */
uint64_t jetson_clients_bytes(const struct jetson_clients *clients);
